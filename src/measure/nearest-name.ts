/** Levenshtein's distance between two short names. */
function distance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (above[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    above = current;
  }
  return above[b.length] ?? 0;
}

/** The name closest to `wanted`, if any is close enough to have been meant. */
export function nearestName(wanted: string, names: Iterable<string>): string | undefined {
  if (wanted.length > 100) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  for (const name of names) {
    const candidate = name.length > 100 ? bestDistance : distance(wanted.toLowerCase(), name.toLowerCase());
    if (candidate < bestDistance) [best, bestDistance] = [name, candidate];
  }
  return best;
}

/** "did you mean …?", or else the names there are, for the end of a message. */
export function suggestion(wanted: string, names: Iterable<string>): string {
  const known = [...names];
  const nearest = nearestName(wanted, known);
  if (nearest !== undefined) return `did you mean ${JSON.stringify(nearest)}?`;
  if (known.length === 0) return 'there are none';
  const shown = known.slice(0, 8).map((name) => JSON.stringify(name));
  return `there are ${shown.join(', ')}${known.length > shown.length ? ', …' : ''}`;
}
