import Table from 'cli-table3';

/** Spaces between two columns. */
const gap = 2;

const noLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' '.repeat(gap),
};

/** One cell, or a text that runs over the columns `across`. */
export type Cell = string | { text: string; across: number };

/** Rows under a header, columns two spaces apart, the first to the left and the others to the right. No line ends in spaces. */
export function columns(header: readonly string[], rows: readonly (readonly Cell[])[], leftAligned = 1): string {
  const table = new Table({
    chars: noLines,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: header.map((_, index) => (index < leftAligned ? 'left' : 'right')),
  });
  table.push(
    [...header],
    header.map((name, index) => '─'.repeat(widthOf(rows, index, linesWidth(name)))),
  );
  for (const row of rows)
    table.push(
      row.map((cell) =>
        typeof cell === 'string' ? cell : { content: cell.text, colSpan: cell.across, hAlign: 'left' as const },
      ),
    );
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/**
 * The same in as many tables, one below the other, as it takes for none to be wider than `width`; each begins with the first column.
 * @param staysWith whether a column stays beside the one before it
 */
export function columnsWithin(
  width: number,
  header: readonly string[],
  rows: readonly (readonly string[])[],
  staysWith: (title: string) => boolean = () => false,
): string {
  return tablesWithin(width, header, rows, staysWith)
    .map((part) => columns(part.header, part.rows))
    .join('\n\n');
}

/** The tables that {@link columnsWithin} sets. */
export function tablesWithin(
  width: number,
  header: readonly string[],
  rows: readonly (readonly string[])[],
  staysWith: (title: string) => boolean,
): { header: string[]; rows: string[][] }[] {
  const widths = header.map((name, index) => widthOf(rows, index, linesWidth(name)));
  const spanOf = (group: readonly number[]): number =>
    group.reduce((sum, index) => sum + (widths[index] ?? 0) + gap, widths[0] ?? 0);
  const groups: number[][] = [];
  for (const index of header.keys()) {
    if (index > 1 && staysWith(header[index] ?? '')) groups.at(-1)?.push(index);
    else if (index > 0) groups.push([index]);
  }
  const tables: number[][] = [];
  for (const group of groups) {
    const last = tables.at(-1);
    if (last !== undefined && spanOf([...last, ...group]) <= width) last.push(...group);
    else tables.push(group);
  }
  const pick = (cells: readonly string[], group: readonly number[]): string[] =>
    [0, ...group].map((index) => cells[index] ?? '');
  return tables.map((group) => ({ header: pick(header, group), rows: rows.map((row) => pick(row, group)) }));
}

function widthOf(rows: readonly (readonly Cell[])[], index: number, least: number): number {
  const widths = rows.map((row) => {
    const cell = row[index];
    return typeof cell === 'string' ? linesWidth(cell) : 0;
  });
  return Math.max(least, ...widths);
}

function linesWidth(text: string): number {
  return Math.max(...text.split('\n').map(visibleWidth));
}

/** Width of a text on a terminal, colours not counted. */
export function visibleWidth(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what starts a colour
  return [...text.replace(/\u001b\[\d*m/g, '')].length;
}

/** Breaks a text at spaces into lines of at most `width`; a longer word keeps a line of its own. */
export function wrapped(text: string, width: number, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && visibleWidth(indent) + visibleWidth(line) + 1 + visibleWidth(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '') lines.push(line);
  return lines.map((each) => indent + each).join('\n');
}

/** The width of the longest part of a label that {@link wrappedLabel} would rather not break. */
export function longestPart(label: string): number {
  return Math.max(0, ...labelParts(label).map((part) => part.trimEnd().length));
}

function labelParts(label: string): string[] {
  return label.match(/[^:,/+ ]*[:,/+ ]|[^:,/+ ]+$/g) ?? [];
}

/** Breaks a label after spaces and `:` `,` `/` `+` into lines of at most `width`, so that a column of labels stays narrow. */
export function wrappedLabel(label: string, width: number): string {
  const lines: string[] = [];
  for (const part of labelParts(label)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + part.length <= width) lines[lines.length - 1] = last + part;
    else lines.push(...(part.match(new RegExp(`.{1,${width}}`, 'gu')) ?? []));
  }
  return lines.map((line) => line.trimEnd()).join('\n');
}
