import { readFileSync } from 'node:fs';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';

/** Tells the first fault of a value in words, or undefined when it has none. */
export type Check = (value: unknown) => string | undefined;

/** Shared definitions are compiled once rather than wherever they are used, and the schema itself is checked in the tests. */
const quickly = {
  allowUnionTypes: true,
  logger: false,
  inlineRefs: false,
  meta: false,
  validateSchema: false,
} as const;

/**
 * Makes a check against one of the shipped schemas, so that what other programs rely on and what is read here cannot drift apart. Making
 * it takes far longer than using it.
 */
export function checkOf(schema: 'report' | 'config'): Check {
  const declaration = JSON.parse(readFileSync(new URL(`../../schema/${schema}.schema.json`, import.meta.url), 'utf8'));
  const validate = new Ajv2020(quickly).compile(declaration);
  return (value) => {
    if (validate(value)) return undefined;
    const fault = deepest(validate.errors ?? []);
    return fault === undefined ? 'does not match its schema' : tell(fault);
  };
}

/** Of the branches of a union that did not match, the one that came furthest is the one that was meant. */
function deepest(faults: readonly ErrorObject[]): ErrorObject | undefined {
  const depth = (fault: ErrorObject): number => fault.instancePath.split('/').length;
  return faults.reduce<ErrorObject | undefined>(
    (best, fault) => (best === undefined || depth(fault) > depth(best) ? fault : best),
    undefined,
  );
}

function tell(fault: ErrorObject): string {
  const where = fault.instancePath.slice(1).replaceAll('/', '.') || 'the whole';
  if (fault.keyword === 'additionalProperties')
    return `${where} has "${String(fault.params.additionalProperty)}", which is not known`;
  if (fault.keyword === 'enum')
    return `${where} must be one of ${(fault.params.allowedValues as unknown[]).join(', ')}`;
  return `${where} ${fault.message ?? 'is wrong'}`;
}
