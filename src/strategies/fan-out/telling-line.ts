const longestLine = 300;
const fatal = /^(?:.*\b)?(FATAL ERROR: .*)/;
const error = /^[\w$.]*(Error|Exception)\b/;
/** Node's frames of a stack, the mark under a line of source, what is left of a printed object, and its farewell. */
const surroundings = /^(at |\^|[{}\]]|Node\.js v|\(Use `node|node:|file:|throw )/;

/** The line in a process' error output that says most of why it ended: the last error, or else the last line that is no part of a stack. */
export function tellingLine(stderr: string): string | undefined {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const died = lines.flatMap((line) => fatal.exec(line)?.[1] ?? []).at(-1);
  const line = died ?? lines.findLast((one) => error.test(one)) ?? lines.findLast((one) => !surroundings.test(one));
  return line?.slice(0, longestLine);
}
