import Table from 'cli-table3';

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
  middle: '  ',
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

/** Breaks a label after spaces and `:` `,` `/` `+` into lines of at most `width`, so that a column of labels stays narrow. */
export function wrappedLabel(label: string, width: number): string {
  const lines: string[] = [];
  for (const part of label.match(/[^:,/+ ]*[:,/+ ]?/g) ?? []) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + part.length <= width) lines[lines.length - 1] = last + part;
    else if (part !== '') lines.push(...(part.match(new RegExp(`.{1,${width}}`, 'gu')) ?? []));
  }
  return lines.map((line) => line.trimEnd()).join('\n');
}
