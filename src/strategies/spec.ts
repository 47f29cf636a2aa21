const pathStart = String.raw`(?:\.{0,2}\/|file:)`;
const looksLikePath = new RegExp(String.raw`^(?:${pathStart}|[^:]*\.[cm]?[jt]s(?:[:+]|$))`);
const pathFollows = new RegExp(`^${pathStart}`);

/**
 * Takes `a+b:option=value+c` apart. After a plain name every `+` joins; inside a path or after a colon, where a `+` may belong to what is
 * written, it joins only if the name of a strategy or the start of a path (`./`, `../`, `/`, `file:`) follows.
 * @param names of the strategies there are
 */
export function splitJoined(spec: string, names: readonly string[]): string[] {
  const parts: string[] = [];
  let from = 0;
  for (let at = spec.indexOf('+'); at >= 0; at = spec.indexOf('+', at + 1)) {
    const part = spec.slice(from, at);
    const plain = !part.includes(':') && !looksLikePath.test(part);
    if (!plain && !startsStrategy(spec.slice(at + 1), names)) continue;
    parts.push(part);
    from = at + 1;
  }
  return [...parts, spec.slice(from)];
}

function startsStrategy(text: string, names: readonly string[]): boolean {
  if (pathFollows.test(text)) return true;
  return names.includes(/^[^:+]*/.exec(text)?.[0] ?? '');
}
