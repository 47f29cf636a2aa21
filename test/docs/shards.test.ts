import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { parse, parseAllDocuments } from 'yaml';
import { every, folder, headerOf, merged, packageRoot } from '../replay/bench-trace.js';

interface Manifest {
  kind: string;
  metadata: { name: string };
  spec: Record<string, unknown>;
}

interface Container {
  command: string[];
  args: string[];
  env: { name: string; value: string }[];
  volumeMounts: { name: string; mountPath: string }[];
}

const text = readFileSync(join(packageRoot, 'docs/kubernetes/shards.yaml'), 'utf8');
const documents = parseAllDocuments(text);
const manifests = documents.map((document) => document.toJS() as Manifest);

function named(kind: string, name: string): Manifest {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name === name);
  assert.ok(found !== undefined, `${kind} ${name}`);
  return found;
}

/** The one container of a Deployment or a Job, and the pod that it is in. */
function podOf({ spec }: Manifest): { containers: Container[]; volumes: { name: string }[] } {
  return (spec.template as { spec: { containers: Container[]; volumes: { name: string }[] } }).spec;
}

test('the manifests are YAML without a fault, and what they name of each other is there', () => {
  assert.deepEqual(
    documents.flatMap(({ errors, warnings }) => [...errors, ...warnings]),
    [],
  );
  const service = named('Service', 'coordination-redis');
  const redis = named('Deployment', 'coordination-redis').spec as { template: { metadata: { labels: unknown } } };
  assert.deepEqual(redis.template.metadata.labels, service.spec.selector);
  for (const manifest of [named('Deployment', 'ipcbench-serve'), named('Job', 'ipcbench-shards')]) {
    const { containers, volumes } = podOf(manifest);
    assert.equal(containers.length, 1);
    for (const { name } of containers[0]?.volumeMounts ?? []) assert.ok(volumes.some((volume) => volume.name === name));
    assert.ok(containers[0]?.env.some(({ value }) => value === `redis://${service.metadata.name}:6379`));
  }
});

test('all pods of the job run at once, and none is started again', () => {
  const { completionMode, completions, parallelism, backoffLimit } = named('Job', 'ipcbench-shards').spec;
  assert.deepEqual([completionMode, completions, parallelism, backoffLimit], ['Indexed', 8, 8, 0]);
});

/** The folder of the image that the page describes: the package, the trace, the secret where the pod has it mounted. */
async function image(context: Parameters<typeof folder>[0]): Promise<string> {
  const home = await folder(context);
  mkdirSync(join(home, 'node_modules/.bin'), { recursive: true });
  symlinkSync(join(packageRoot, 'bin/ipcbench.js'), join(home, 'node_modules/.bin/ipcbench'));
  const names = Array.from({ length: 8 }, (_, index) => `validator-${index}`);
  const operations = merged(
    ...names.map((process) => every(10, 5, () => ({ op: 'order', process, fields: { key: 'hot' } }))),
  );
  const lines = [headerOf(names.map((name) => ({ name }))), ...operations].map((line) => `${JSON.stringify(line)}\n`);
  writeFileSync(join(home, 'trace.jsonl.gz'), gzipSync(lines.join('')));
  writeFileSync(join(home, 'secret'), 'one of the run, and of nobody else');
  return home;
}

test("every pod's own command is understood, and each of the eight has another part of the trace", async (context) => {
  const home = await image(context);
  const [container] = podOf(named('Job', 'ipcbench-shards')).containers;
  assert.ok(container !== undefined);
  const script = (container.args[0] ?? '')
    .replace('START_AT', new Date(Date.now() + 600_000).toISOString())
    .replaceAll('/run/ipcbench/', `${home}/`)
    .replace('--format json 2> /dev/termination-log', '--dry-run');
  const env = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
  const told = Array.from({ length: 8 }, (_, index) => {
    const { status, stdout, stderr } = spawnSync(container.command[0] ?? '', [...container.command.slice(1), script], {
      cwd: home,
      encoding: 'utf8',
      env: { ...process.env, ...env, JOB_COMPLETION_INDEX: String(index) },
    });
    assert.equal(status, 0, stderr);
    return /of them those of (validator-\d) in this shard/.exec(stdout)?.[1];
  });
  assert.deepEqual(
    told.sort(),
    Array.from({ length: 8 }, (_, index) => `validator-${index}`),
  );
});

test('the workflows that the pages show are YAML without a fault', () => {
  for (const page of ['ci.md', 'shards.md']) {
    const blocks = readFileSync(join(packageRoot, 'docs', page), 'utf8').matchAll(/```yaml\n(.*?)```/gs);
    for (const [, block = ''] of blocks) assert.equal(typeof parse(block), 'object');
  }
  assert.equal(typeof parse(readFileSync(join(packageRoot, 'action.yml'), 'utf8')), 'object');
});
