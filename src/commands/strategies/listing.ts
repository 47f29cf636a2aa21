import type { CommandContext } from '../../context.js';
import type { Claims } from '../../measure/claims.js';
import { columns } from '../../report/text-block.js';
import {
  allowedValues,
  type Capability,
  capabilitiesOf,
  claimsOf,
  defaultOptions,
  listStrategies,
  loadStrategy,
  printOption,
  resilienceOf,
  resilienceTests,
} from '../../strategies/index.js';
import type { Resilience, Strategy } from '../../strategies/strategy.js';

const columnTitles: Record<keyof Resilience, string> = {
  exclusive: 'exclusive?',
  deadHolder: 'lock of a dead holder goes on?',
  lostCoordinator: 'without its coordinator?',
  machines: 'machines?',
};

/** For people. */
export async function writeText(context: CommandContext, name: string | undefined): Promise<void> {
  context.stdout.write(name === undefined ? await overview() : await explanation(name));
}

async function overview(): Promise<string> {
  const rows = await Promise.all((await listStrategies()).map(rowOf));
  const width = Math.max(...rows.map(({ name }) => name.length)) + 2;
  const lines = rows.map(({ name, summary, capabilities, unavailable }) => {
    const able = isUsual(capabilities) ? '' : `\n${' '.repeat(width)}for ${capabilities.join(' and ')} only`;
    const note = unavailable === undefined ? '' : `\n${' '.repeat(width)}unavailable: ${unavailable}`;
    return `${name.padEnd(width)}${summary}${able}${note}`;
  });
  const guarding = rows.filter(({ capabilities }) => capabilities.includes('locks'));
  return `${lines.join('\n')}\n\n${usualNote}\n\n${resilienceTable(guarding)}`;
}

const usualNote =
  'Unless it says otherwise, a strategy has locks and state. a+b joins strategies of different workloads.';

function isUsual(capabilities: readonly Capability[]): boolean {
  return capabilities.length === 2 && capabilities.includes('locks') && capabilities.includes('state');
}

/** What happens when something goes wrong, with the tests that stand behind each column. */
function resilienceTable(rows: readonly Awaited<ReturnType<typeof rowOf>>[]): string {
  const keys = Object.keys(columnTitles) as (keyof Resilience)[];
  const table = columns(
    ['', ...Object.values(columnTitles)],
    rows.map(({ name, resilience }) => [name, ...keys.map((key) => resilience[key])]),
    keys.length + 1,
  );
  const sources = keys.map((key) => `${columnTitles[key]} ${resilienceTests[key]}`);
  return `With default options:\n\n${table}\n\n${sources.join('\n')}\n`;
}

async function rowOf(strategy: Strategy) {
  const options = defaultOptions(strategy.options);
  return {
    name: strategy.name,
    summary: strategy.summary,
    capabilities: capabilitiesOf(strategy),
    options: strategy.options,
    claims: claimsOf(strategy, options),
    resilience: resilienceOf(strategy, options),
    unavailable: await strategy.unavailable?.(options),
  };
}

async function explanation(spec: string): Promise<string> {
  const { strategy, options } = await loadStrategy(spec);
  const claims = claimsOf(strategy, options);
  const unavailable = await strategy.unavailable?.(options);
  const table = Object.entries(strategy.options).map(
    ([name, option]) =>
      `  ${name}=${printOption(options[name] ?? option.default, option)}\n      ${option.describe} (${allowedValues(option)})`,
  );
  const coordinators = strategy.coordinators(options).map((plan) => plan.name);
  return [
    `${spec}: ${strategy.summary}`,
    strategy.description.trim(),
    table.length === 0 ? 'Options: none' : `Options:\n${table.join('\n')}`,
    `Capabilities: ${capabilitiesOf(strategy).join(', ')}`,
    `Claims: ${claimsInWords(claims)}`,
    `Coordinators: ${coordinators.length === 0 ? 'none' : coordinators.join(', ')}`,
    `Can run here: ${unavailable === undefined ? 'yes' : `no: ${unavailable}`}\n`,
  ].join('\n\n');
}

function claimsInWords({ exclusion, noLostUpdates, maxStalenessMs, rightAnswers }: Claims): string {
  const claimed = [
    ...(rightAnswers === true ? ['right answers'] : []),
    ...(exclusion ? ['exclusion'] : []),
    ...(noLostUpdates ? ['no lost update'] : []),
    ...(maxStalenessMs === null
      ? []
      : [maxStalenessMs === 0 ? 'no stale read' : `no read older than ${maxStalenessMs}ms`]),
  ];
  return claimed.length === 0 ? 'nothing' : claimed.join(', ');
}

/** For programs. */
export async function writeJson(context: CommandContext, name: string | undefined): Promise<void> {
  const strategies = name === undefined ? await listStrategies() : [(await loadStrategy(name)).strategy];
  const rows = await Promise.all(strategies.map(rowOf));
  context.stdout.write(`${JSON.stringify(name === undefined ? rows : rows[0], null, 2)}\n`);
}
