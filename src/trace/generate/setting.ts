import { IpcbenchError } from '../../errors.js';
import { suggestion } from '../../measure/nearest-name.js';
import type { Parameter, ParameterTable, TraceGenerator } from './parameter.js';

/** What the suffixes of numbers stand for; a bare number is in the parameter's own unit. */
const suffixes: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  ms: { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 },
  bytes: { b: 1, kb: 1000, mb: 1_000_000, kib: 1024, mib: 1_048_576 },
  '': { k: 1000, m: 1_000_000, '%': 0.01 },
};

/**
 * Reads `name=value` pairs such as `accounts=200`, `durationMs=10s`, `ledgerBundleBytes=100kB`, `hotShare=80%`.
 * @throws IpcbenchError `BAD_OPTION`
 */
export function parseSettings(settings: readonly string[], table: ParameterTable): Record<string, number> {
  const values: Record<string, number> = {};
  for (const setting of settings) {
    const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(setting) ?? [];
    if (value === '') throw new IpcbenchError('BAD_OPTION', `--set ${setting}: expected name=value`);
    const parameter = Object.hasOwn(table, name) ? table[name] : undefined;
    if (parameter === undefined)
      throw new IpcbenchError(
        'BAD_OPTION',
        `--set ${setting}: no parameter is called "${name}": ${suggestion(name, Object.keys(table))}`,
      );
    values[name] = parseNumber(setting, value, parameter.unit);
  }
  return values;
}

function parseNumber(setting: string, text: string, unit: string): number {
  const [, digits, suffix = ''] = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([a-z%]*)$/i.exec(text) ?? [];
  const known = suffixes[unit] ?? suffixes[''] ?? {};
  const factor = suffix === '' ? 1 : known[suffix.toLowerCase()];
  if (digits === undefined || factor === undefined) {
    const units = Object.keys(known).join(', ');
    throw new IpcbenchError(
      'BAD_OPTION',
      `--set ${setting}: "${text}" is not a number, expected one such as 20 or with ${units} after it`,
    );
  }
  return Number(digits) * factor;
}

const inUnits = ({ default: value, unit }: Parameter): string => (unit === '' ? String(value) : `${value} ${unit}`);

/** What `trace generate <generator> --list` prints. */
export function renderGenerator({ name, summary, parameters, presets }: TraceGenerator): string {
  const widest = Math.max(...Object.keys(parameters).map((parameter) => parameter.length));
  const rows = Object.entries(parameters).map(
    ([parameter, spec]) => `  ${parameter.padEnd(widest)}  ${inUnits(spec).padEnd(14)}  ${spec.describe}`,
  );
  const named = Object.entries(presets).map(([preset, spec]) => {
    const settings = Object.entries(spec.values).map(([parameter, value]) => `${parameter}=${value}`);
    return `  ${preset}: ${spec.summary}\n    --seed ${spec.seed} ${settings.join(' ')}`;
  });
  return `${name}: ${summary}\n\nParameters (--set name=value) and their defaults:\n${rows.join('\n')}\n\nPresets (--preset name):\n${named.join('\n')}\n`;
}
