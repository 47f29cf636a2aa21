import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { IpcbenchError, isIpcbenchError, messageOf, systemCodeOf } from '../errors.js';
import { nearestName } from '../measure/nearest-name.js';
import { joinStrategies, type Part } from './joined.js';
import { type OptionValue, parseOption, parseOptions } from './options.js';
import { splitJoined } from './spec.js';
import { capabilities, type OptionTable, type Strategy } from './strategy.js';

export { allowedValues, defaultOptions, isSecret, printOption, printOptions } from './options.js';
export { resilienceOf, resilienceTests } from './resilience.js';
export { type Capability, capabilitiesOf, claimsOf } from './strategy.js';

/** What names a strategy with its options across processes: plain data. */
export type StrategyReference =
  | { url: string; options: Record<string, OptionValue> }
  /** Several, joined into one. */
  | { parts: { url: string; options: Record<string, OptionValue> }[] };

export interface LoadedStrategy {
  strategy: Strategy;
  options: Record<string, OptionValue>;
  /** As the user wrote it. */
  label: string;
  reference: StrategyReference;
}

const home = new URL('./', import.meta.url);

/** Every strategy in this folder, by name: each file, and each folder with an `index`, whose default export is one. */
export async function listStrategies(): Promise<Strategy[]> {
  const found = await Promise.all((await siblings()).map(importDefault));
  return found.filter(isStrategy).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Loads `name`, `name:option=value,option=value`, a path to a module in place of the name (`./mine.js`, `/home/me/mine.js`, a file URL), or
 * several of these joined by `+`.
 * @param cwd what a relative path is relative to
 * @param defaults of options by these names, where a strategy has such and the spec says nothing
 * @throws IpcbenchError `UNKNOWN_STRATEGY`, `BAD_STRATEGY` (a module of another shape), `BAD_OPTION`
 */
export async function loadStrategy(
  spec: string,
  cwd: string = process.cwd(),
  defaults: Readonly<Record<string, OptionValue | undefined>> = {},
): Promise<LoadedStrategy> {
  const names = (await siblings()).map(nameOfSibling);
  const found = await Promise.all(splitJoined(spec, names).map((part) => loadPart(part, cwd, defaults)));
  const [first, ...others] = found;
  if (first === undefined) throw new IpcbenchError('UNKNOWN_STRATEGY', 'a strategy without a name');
  const label = withoutPasswords(spec);
  if (others.length === 0) return { ...first.part, label, reference: first.reference };
  const joined = joinStrategies(found.map(({ part }) => part));
  return { ...joined, label, reference: { parts: found.map(({ reference }) => reference) } };
}

async function loadPart(
  spec: string,
  cwd: string,
  defaults: Readonly<Record<string, OptionValue | undefined>>,
): Promise<{ part: Part; reference: Extract<StrategyReference, { url: string }> }> {
  // The options start at the first colon that an option's name and `=` follow: paths and URLs hold colons too.
  const [, name = '', written = ''] = /^(.*?)(?::([A-Za-z][\w-]*=.*))?$/s.exec(spec) ?? [];
  const { url, strategy } = isPath(name) ? await loadModule(name, cwd) : await loadSibling(name);
  const options = parseOptions(strategy.name, written, withDefaults(strategy, defaults));
  const contradiction = strategy.contradiction?.(options);
  if (contradiction !== undefined) throw new IpcbenchError('BAD_OPTION', `${withoutPasswords(spec)}: ${contradiction}`);
  return { part: { strategy, options }, reference: { url, options } };
}

/** @throws IpcbenchError `BAD_OPTION` for a default that the option would not take either if it were written */
function withDefaults(
  { name: owner, options }: Strategy,
  defaults: Readonly<Record<string, OptionValue | undefined>>,
): OptionTable {
  const changed = Object.entries(options).map(([name, spec]) => {
    const given = defaults[name];
    return [name, given === undefined ? spec : { ...spec, default: parseOption(owner, name, String(given), spec) }];
  });
  return Object.fromEntries(changed) as OptionTable;
}

/** Text that goes into reports: addresses keep their host and lose what comes before the `@` (user and password). */
export function withoutPasswords(text: string): string {
  return text.replace(/\/\/[^/@\s]*@/g, '//***@');
}

/** Loads again, in another process, what {@link loadStrategy} found. */
export async function resolveReference(reference: StrategyReference): Promise<Part> {
  if ('parts' in reference) return joinStrategies(await Promise.all(reference.parts.map(resolvePart)));
  return resolvePart(reference);
}

async function resolvePart({ url, options }: Extract<StrategyReference, { url: string }>): Promise<Part> {
  return { strategy: requireStrategy(await importDefault(url), url), options };
}

async function siblings(): Promise<string[]> {
  const urls: string[] = [];
  for (const entry of await readdir(home, { withFileTypes: true })) {
    if (entry.isDirectory()) {
      const inside = await readdir(new URL(`${entry.name}/`, home));
      if (inside.includes('index.js')) urls.push(new URL(`${entry.name}/index.js`, home).href);
    } else if (entry.name.endsWith('.js')) {
      urls.push(new URL(entry.name, home).href);
    }
  }
  return urls;
}

/** What a file or a folder of this folder is called, whether or not it holds a strategy. */
function nameOfSibling(url: string): string {
  return /\/([^/]+?)(?:\/index)?\.js$/.exec(url)?.[1] ?? '';
}

async function loadSibling(name: string): Promise<{ url: string; strategy: Strategy }> {
  const colon = name.indexOf(':');
  const known = await siblings();
  const wanted = colon < 0 ? name : name.slice(0, colon);
  const url = known.find((sibling) => nameOfSibling(sibling) === wanted);
  const strategy = url === undefined || wanted === '' ? undefined : await importDefault(url);
  if (url !== undefined && isStrategy(strategy)) {
    if (colon >= 0) throw new IpcbenchError('BAD_OPTION', `${name}: options are written ${wanted}:option=value`);
    return { url, strategy };
  }
  const names = (await listStrategies()).map((candidate) => candidate.name);
  const nearest = nearestName(wanted, names);
  const advice = nearest === undefined ? `known are ${names.join(', ')}` : `did you mean ${nearest}?`;
  throw new IpcbenchError('UNKNOWN_STRATEGY', `unknown strategy ${JSON.stringify(wanted)}: ${advice}`);
}

const isPath = (name: string): boolean => /^(?:\.{0,2}\/|file:)|\.[cm]?[jt]s$/.test(name);

async function loadModule(path: string, cwd: string): Promise<{ url: string; strategy: Strategy }> {
  const url = path.startsWith('file:') ? path : pathToFileURL(resolve(cwd, path)).href;
  try {
    return { url, strategy: requireStrategy(await importDefault(url), path) };
  } catch (error) {
    if (isIpcbenchError(error)) throw error;
    if (systemCodeOf(error) === 'ERR_MODULE_NOT_FOUND' && messageOf(error).includes(`'${fileURLToPath(url)}'`))
      throw new IpcbenchError('UNKNOWN_STRATEGY', `strategy ${path}: no such file; give the path of a module`);
    throw new IpcbenchError('BAD_STRATEGY', `strategy ${path} cannot be loaded: ${messageOf(error)}`, { cause: error });
  }
}

async function importDefault(url: string): Promise<unknown> {
  const module: { default?: unknown } = await import(url);
  return module.default;
}

function requireStrategy(candidate: unknown, where: string): Strategy {
  const faults = faultsOf(candidate);
  if (faults.length === 0) return candidate as Strategy;
  throw new IpcbenchError(
    'BAD_STRATEGY',
    `strategy ${where}: ${faults.join(', ')}; see docs/writing-a-strategy.md for the shape`,
  );
}

const isStrategy = (candidate: unknown): candidate is Strategy => faultsOf(candidate).length === 0;

/** What a default export lacks to be a strategy, in words. */
function faultsOf(candidate: unknown): string[] {
  if (candidate === undefined) return ['the module has no default export'];
  if (typeof candidate !== 'object' || candidate === null) return ['its default export is not an object'];
  const object = candidate as Record<string, unknown>;
  const faults: string[] = [];
  for (const text of ['name', 'summary', 'description'])
    if (typeof object[text] !== 'string' || object[text] === '') faults.push(`${text} must be a text`);
  for (const method of ['claims', 'coordinators', 'connect'])
    if (typeof object[method] !== 'function') faults.push(`${method}() is missing`);
  for (const method of ['unavailable', 'contradiction'])
    if (object[method] !== undefined && typeof object[method] !== 'function') faults.push(`${method} is no function`);
  return [...faults, ...capabilityFaults(object.capabilities), ...optionFaults(object.options)];
}

function capabilityFaults(given: unknown): string[] {
  if (given === undefined) return [];
  const known: readonly unknown[] = capabilities;
  const sound = Array.isArray(given) && given.length > 0 && given.every((each) => known.includes(each));
  return sound ? [] : [`capabilities must be a list of ${capabilities.join(', ')}`];
}

function optionFaults(options: unknown): string[] {
  if (typeof options !== 'object' || options === null) return ['options must be an option table (it may be empty)'];
  const kinds = ['integer', 'choice', 'boolean', 'duration', 'text'];
  return Object.entries(options as OptionTable)
    .filter(([, spec]) => !kinds.includes(spec?.type) || spec.default === undefined || spec.describe === undefined)
    .map(([name]) => `option ${name} needs describe, default and a type of ${kinds.join(', ')}`);
}
