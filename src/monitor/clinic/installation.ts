import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { IpcbenchError } from '../../errors.js';
import type { ClinicTool } from './tool.js';

/** A tool that was found on this machine. */
export interface InstalledTool {
  readonly tool: ClinicTool;
  /** Folder of its package. */
  readonly folder: string;
}

const packageRoot = fileURLToPath(new URL('../../../', import.meta.url));
/** Only a checkout of this repository has it: packages of their own, which `npm ci` at the top does not install. */
const ownFolder = join(packageRoot, 'tools/clinic');

/**
 * Looks for a tool in the project of `cwd`, beside this package, and in this repository's own folder for it.
 * @throws IpcbenchError `UNAVAILABLE` with the line that installs it
 */
export function findClinic(tool: ClinicTool, cwd: string): InstalledTool {
  for (const home of [cwd, packageRoot, ownFolder]) {
    try {
      const manifest = createRequire(join(home, 'from-here.js')).resolve(`${tool.packageName}/package.json`);
      return { tool, folder: dirname(manifest) };
    } catch {
      // Not there: the next one.
    }
  }
  throw new IpcbenchError('UNAVAILABLE', `clinic ${tool.name} is not installed; add it with: ${installLine(tool)}`);
}

function installLine({ packageName, release }: ClinicTool): string {
  if (existsSync(join(ownFolder, 'package.json'))) return 'npm run clinic:install';
  return `npm install --save-dev --ignore-scripts ${packageName}@${release.slice(1)}`;
}
