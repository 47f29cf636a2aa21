import { existsSync, readFileSync } from 'node:fs';
import { IpcbenchError, messageOf } from '../errors.js';
import { checkOf } from './schema.js';

/** What gates a run or a comparison; `ipcbench.config.json` holds it, `schema/config.schema.json` describes it. */
export interface GateConfig {
  failOn: string[];
  requireSafe: boolean;
  strict: boolean;
  minimumEffectPercent?: number;
}

export const configFile = 'ipcbench.config.json';

/**
 * The settings that hold where flags say nothing: those of the file, over which go those of the environment (`IPCBENCH_FAIL_ON`, conditions
 * apart by `;`, `IPCBENCH_REQUIRE_SAFE`, `IPCBENCH_STRICT`, `IPCBENCH_MINIMUM_EFFECT`). Flags go over both. A list replaces a list.
 * @param path a file that must be there; undefined: `ipcbench.config.json` in the working folder, where there is one
 * @throws IpcbenchError `FILE` or `BAD_OPTION`
 */
export function readConfig(path: string | undefined, env: Readonly<Record<string, string | undefined>>): GateConfig {
  const none: GateConfig = { failOn: [], requireSafe: false, strict: false };
  return { ...none, ...fromFile(path), ...fromEnvironment(env) };
}

/** The settings that flags give, over those of `config`. */
export function overridden(config: GateConfig, flags: Partial<GateConfig>): GateConfig {
  const given = Object.entries(flags).filter(
    ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
  );
  return { ...config, ...Object.fromEntries(given) };
}

function fromFile(path: string | undefined): Partial<GateConfig> {
  const file = path ?? configFile;
  if (path === undefined && !existsSync(file)) return {};
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new IpcbenchError(
      'FILE',
      `${file}: ${messageOf(error).split('\n')[0]}; expected JSON with failOn, requireSafe, strict or minimumEffectPercent`,
      { cause: error },
    );
  }
  const fault = checkOf('config')(value);
  if (fault !== undefined) throw new IpcbenchError('BAD_OPTION', `${file}: ${fault}; see schema/config.schema.json`);
  const { $schema: _schema, ...config } = value as Partial<GateConfig> & { $schema?: string };
  return config;
}

function fromEnvironment(env: Readonly<Record<string, string | undefined>>): Partial<GateConfig> {
  const failOn = env.IPCBENCH_FAIL_ON?.split(';')
    .map((text) => text.trim())
    .filter((text) => text !== '');
  const requireSafe = switchOf(env, 'IPCBENCH_REQUIRE_SAFE');
  const strict = switchOf(env, 'IPCBENCH_STRICT');
  const effect = env.IPCBENCH_MINIMUM_EFFECT;
  return {
    ...(failOn === undefined ? {} : { failOn }),
    ...(requireSafe === undefined ? {} : { requireSafe }),
    ...(strict === undefined ? {} : { strict }),
    ...(effect === undefined || effect === ''
      ? {}
      : { minimumEffectPercent: parsePercent(effect, 'IPCBENCH_MINIMUM_EFFECT') }),
  };
}

function switchOf(env: Readonly<Record<string, string | undefined>>, name: string): boolean | undefined {
  const value = env[name];
  if (value === undefined || value === '') return undefined;
  if (['1', 'true', 'yes'].includes(value)) return true;
  if (['0', 'false', 'no'].includes(value)) return false;
  throw new IpcbenchError('BAD_OPTION', `${name}=${value}: expected 1 or 0`);
}

/** `5%` as 5. @throws IpcbenchError `BAD_OPTION` */
export function parsePercent(text: string, name: string): number {
  const found = /^(\d+(?:\.\d+)?)\s*%$/.exec(text.trim());
  if (found === null) throw new IpcbenchError('BAD_OPTION', `${name} ${text}: expected a percentage such as 5%`);
  return Number(found[1]);
}
