import { IpcbenchError } from '../../errors.js';
import { suggestion } from '../../measure/nearest-name.js';
import type { TraceHeader } from '../operation.js';
import { forwardGenerator } from './forward.js';
import { ledgerGenerator } from './ledger.js';
import { mixedGenerator } from './mixed.js';
import { ordersGenerator } from './orders.js';
import type { GeneratedTrace, TraceGenerator } from './parameter.js';
import { submitsGenerator } from './submits.js';

/** Every generator by name. */
export const generators: readonly TraceGenerator[] = [
  ordersGenerator,
  ledgerGenerator,
  submitsGenerator,
  mixedGenerator,
  forwardGenerator,
];

/** @throws IpcbenchError `BAD_OPTION` when no generator is called `name` */
export function generatorNamed(name: string): TraceGenerator {
  const found = generators.find((generator) => generator.name === name);
  if (found !== undefined) return found;
  const names = generators.map((generator) => generator.name);
  throw new IpcbenchError('BAD_OPTION', `no generator is called "${name}": ${suggestion(name, names)}`);
}

/** @throws IpcbenchError `BAD_OPTION` when the generator has no preset called `name` */
export function presetNamed(generator: TraceGenerator, name: string): TraceGenerator['presets'][string] {
  const preset = Object.hasOwn(generator.presets, name) ? generator.presets[name] : undefined;
  if (preset !== undefined) return preset;
  const near = suggestion(name, Object.keys(generator.presets));
  throw new IpcbenchError('BAD_OPTION', `generator "${generator.name}" has no preset called "${name}": ${near}`);
}

/**
 * A generated trace again, with some parameters changed: what sweeps over a trace's parameters replay.
 * @throws IpcbenchError `BAD_OPTION` for a trace that was not generated, an unknown parameter or a value out of range
 */
export function regenerated(header: TraceHeader, changes: Readonly<Record<string, number>>): GeneratedTrace {
  const { provenance, name } = header;
  if (provenance.kind !== 'generated')
    throw new IpcbenchError(
      'BAD_OPTION',
      `trace "${name}" was ${provenance.kind}, expected a generated one: only those have parameters`,
    );
  const values = { ...(provenance.parameters as Record<string, number>), ...changes };
  return generatorNamed(provenance.generator).generate(values, { seed: provenance.seed, name });
}
