import { plainText } from '../measure/plain-text.js';

/** Sections, one empty line apart. */
export function joined(parts: readonly string[]): string {
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** A text that Markdown and HTML leave as it is, on one line. */
export function text(value: string): string {
  return plainText(value)
    .replace(/[\\`*_[\]|~#]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/\s*\n\s*/g, ' ');
}

/** A table: the first column to the left, the others to the right. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]): string => `| ${cells.map(text).join(' | ')} |`;
  const rule = `|${header.map((_, index) => (index === 0 ? '---' : '--:')).join('|')}|`;
  return [line(header), rule, ...rows.map(line)].join('\n');
}

/** A part that is opened by a click. */
export function folded(title: string, body: string): string {
  return body === '' ? '' : `<details><summary>${text(title)}</summary>\n\n${body}\n\n</details>`;
}
