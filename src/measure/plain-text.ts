/** A text without what a terminal would obey: every control character but line breaks and tabs becomes a replacement character. */
export function plainText(text: string): string {
  return text.replace(/\p{Cc}/gu, (unit) => (unit === '\n' || unit === '\t' ? unit : '\ufffd'));
}

/** The beginning of a text of somebody else's, on one line. */
export function shortLine(text: string, lengthAtMost: number): string {
  const line = plainText(text.replace(/\s+/g, ' ').trim());
  const units = [...line];
  return units.length <= lengthAtMost ? line : `${units.slice(0, lengthAtMost).join('')}…`;
}
