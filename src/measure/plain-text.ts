/** A text without what a terminal would obey: every control character but line breaks and tabs becomes a replacement character. */
export function plainText(text: string): string {
  return text.replace(/\p{Cc}/gu, (unit) => (unit === '\n' || unit === '\t' ? unit : '\ufffd'));
}

/** The same of every text in a value, names of fields among them: before a terminal shows any of it. */
export function plainTexts<T>(value: T): T {
  return plainCopy(value) as T;
}

function plainCopy(value: unknown): unknown {
  if (typeof value === 'string') return plainText(value);
  if (Array.isArray(value)) return value.map(plainCopy);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [plainText(name), plainCopy(inner)]));
}

/** The beginning of a text of somebody else's, on one line. */
export function shortLine(text: string, lengthAtMost: number): string {
  const line = plainText(text.replace(/\s+/g, ' ').trim());
  const units = [...line];
  return units.length <= lengthAtMost ? line : `${units.slice(0, lengthAtMost).join('')}…`;
}
