import { plainText, plainTexts } from '../../measure/plain-text.js';

/** Markup that is safe to put on the page as it is. */
export type Markup = string & { readonly markup?: never };

/** A text as it stands on a page or in an attribute. */
export function escaped(text: string): Markup {
  return plainText(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** A name that may run over several lines: it breaks at spaces and where its parts meet, as in `name:option=value,option=value`. */
function breakable(name: string): Markup {
  return escaped(name).replace(/[:,/+](?=\S)/g, '$&<wbr>');
}

/** Data that a script on the page reads; no text in it can end the element. */
export function dataElement(id: string, data: unknown): Markup {
  return `<script type="application/json" id="${escaped(id)}">${JSON.stringify(plainTexts(data)).replaceAll('<', '\\u003c')}</script>`;
}

/** A heading with what belongs under it; nothing where there is nothing. */
export function section(title: string, body: Markup): Markup {
  return body === '' ? '' : `<section><h2>${escaped(title)}</h2>${body}</section>`;
}

/** A part that is opened by a click, and always open on paper. */
export function folded(title: string, body: Markup): Markup {
  return body === '' ? '' : `<details><summary>${escaped(title)}</summary>${body}</details>`;
}

export type Cell = string | { text: string; value?: number; tone?: string; across?: number };

/**
 * A table whose names wrap, and that scrolls by itself where the page is too narrow all the same; the first column names its row, columns of words stand to the left and
 * figures to the right.
 */
export function table(caption: string, header: readonly string[], rows: readonly (readonly Cell[])[]): Markup {
  if (rows.length === 0) return '';
  const words = header.map((_, index) => rows.every((row) => isWords(row[index])));
  const head = header
    .map((name, index) => `<th scope="col"${words[index] === true ? ' class="words"' : ''}>${breakable(name)}</th>`)
    .join('');
  const body = rows
    .map((row) => `<tr>${row.map((each, index) => cell(each, index, words[index] === true)).join('')}</tr>`)
    .join('\n');
  return `<div class="scroll"><table><caption>${escaped(caption)}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function isWords(content: Cell | undefined): boolean {
  return (
    content === undefined || (typeof content === 'string' && !/^[≥~−+±]*\d[\d.,]*(?:[ –×%].*)?$|^–$/.test(content))
  );
}

function cell(content: Cell, index: number, words: boolean): Markup {
  const { text, value, tone, across }: Exclude<Cell, string> =
    typeof content === 'string' ? { text: content } : content;
  if (index === 0) return `<th scope="row">${breakable(text)}</th>`;
  const classes = [...(tone === undefined ? [] : [escaped(tone)]), ...(words || across !== undefined ? ['words'] : [])];
  const attributes = [
    ...(classes.length === 0 ? [] : [` class="${classes.join(' ')}"`]),
    ...(value === undefined ? [] : [` data-value="${value}"`]),
    ...(across === undefined ? [] : [` colspan="${across}"`]),
  ];
  return `<td${attributes.join('')}>${escaped(text)}</td>`;
}
