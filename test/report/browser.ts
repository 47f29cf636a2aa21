import { execFile } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-logging=stderr',
  '--virtual-time-budget=3000',
];

/** The browser's path, or undefined where there is none (`test/report/install-chromium.sh` installs it). */
export function findBrowser(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, 'chromium')).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Opens a page from disk in a real browser: what its document became, and what it wrote to the console. */
export async function openPage(
  browser: string,
  path: string,
  more: readonly string[] = [],
): Promise<{ document: string; console: string[] }> {
  const profile = mkdtempSync(join(tmpdir(), 'ipcbench-browser-'));
  try {
    const { stdout, stderr } = await promisify(execFile)(
      browser,
      [...flags, ...more, `--user-data-dir=${profile}`, '--dump-dom', pathToFileURL(path).href],
      { maxBuffer: 64e6, timeout: 120_000 },
    );
    return { document: stdout, console: stderr.split('\n').filter((line) => line.includes('CONSOLE')) };
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
