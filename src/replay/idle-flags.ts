import { IpcbenchError } from '../errors.js';
import { capabilitiesOf, type LoadedStrategy } from '../strategies/index.js';
import type { Plan } from './plan.js';
import type { ReplayOptions } from './replay-options.js';
import { isEncrypted, plainOnly } from './submit/saturation.js';

/** The value of an option by its own name; a joined strategy's options have the name of their part before it. */
export function optionOf({ options }: LoadedStrategy, name: string): string | number | boolean | undefined {
  const written = Object.keys(options).find((key) => key === name || key.endsWith(`.${name}`));
  return written === undefined ? undefined : options[written];
}

/**
 * Refuses what is asked for of submits where it would do nothing, or not what was asked.
 * @throws IpcbenchError `BAD_OPTION` with all of it
 */
export function refuseIdleFlags(
  { driver, missRate, servers }: Pick<ReplayOptions, 'driver' | 'missRate' | 'servers'>,
  { capabilities, submitsOnly, openOperations }: Pick<Plan, 'capabilities' | 'submitsOnly' | 'openOperations'>,
  entries: readonly { loaded: LoadedStrategy }[],
): void {
  const hasSubmits = capabilities.includes('submit');
  const sending = entries.filter(({ loaded }) => capabilitiesOf(loaded.strategy).includes('submit'));
  const endpoints = sending.map(({ loaded }) => String(optionOf(loaded, 'endpoint') ?? '')).filter((url) => url !== '');
  const rules: [boolean, string][] = [
    [driver !== undefined && !hasSubmits, '--driver: this trace has no submits, which it would send'],
    [
      driver === 'autocannon' && hasSubmits && openOperations > 0 && !submitsOnly,
      '--driver autocannon sends operations that are one submit each, and this trace has others: leave it out, or leave them out with --only',
    ],
    [driver === 'autocannon' && isEncrypted(endpoints), plainOnly],
    [missRate !== undefined && !hasSubmits, '--miss-rate: this trace has no submits, whose rows could be missing'],
    [
      missRate !== undefined && endpoints.length > 0,
      '--miss-rate is for our own servers: an endpoint has its own replica',
    ],
    [
      servers !== undefined && !entries.some(({ loaded }) => optionOf(loaded, 'servers') !== undefined),
      '--servers: none of the strategies that are replayed has servers to start',
    ],
  ];
  const broken = rules.filter(([applies]) => applies).map(([, text]) => text);
  if (broken.length > 0) throw new IpcbenchError('BAD_OPTION', broken.join('; '));
}
