import assert from 'node:assert/strict';
import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isIpcbenchError } from '#src/errors.js';
import { findClinic } from '#src/monitor/clinic/installation.js';
import { type ClinicTool, clinicTools } from '#src/monitor/clinic/tool.js';
import { folder } from '../../replay/bench-trace.js';

/** A tool that nobody has installed. */
const absent: ClinicTool = { ...clinicTools.doctor, packageName: '@clinic/not-a-tool' };

test('a tool that is not installed is told in one line, with the command that installs it', async (context) => {
  const home = await folder(context);
  assert.throws(
    () => findClinic(absent, home),
    (error) =>
      isIpcbenchError(error, 'UNAVAILABLE') &&
      /^clinic doctor is not installed; add it with: npm run \S+$/.test(error.message),
  );
});

test("a tool of the user's own project is found from there", async (context) => {
  const home = await realpath(await folder(context));
  const place = join(home, 'node_modules', absent.packageName);
  await mkdir(place, { recursive: true });
  await writeFile(join(place, 'package.json'), '{ "version": "11.0.0" }');
  assert.equal(findClinic(absent, home).folder, place);
});
