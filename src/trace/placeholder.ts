/**
 * `{name}` in a step's text stands for the operation's field of that name; `{item}` for the current key of the nearest `each`. Any other
 * brace is an ordinary character, and what was filled in is not looked at again.
 */
const placeholder = /\{([A-Za-z_][A-Za-z0-9_.-]*)\}/g;
const wholePlaceholder = /^\{([A-Za-z_][A-Za-z0-9_.-]*)\}$/;

/** The one name that is reserved for `each`. */
export const itemName = 'item';

/** What matches every placeholder of a text, its name as the first group: for those who compile texts ahead. */
export function placeholderPattern(): RegExp {
  return new RegExp(placeholder);
}

/** Names of the placeholders in `text`, in order, repeats included. */
export function placeholdersOf(text: string): string[] {
  if (!text.includes('{')) return [];
  return [...text.matchAll(placeholder)].map((match) => match[1] ?? '');
}

/** The name that `text` consists of, where it is one placeholder and nothing else: the form that amounts take. */
export function soleName(text: string): string | undefined {
  return wholePlaceholder.exec(text)?.[1];
}

/**
 * `text` with its placeholders filled from `fields`, and `{item}` from `item`. A placeholder without a value stays as it stands, which
 * a validated trace rules out.
 */
export function fillText(text: string, fields: Readonly<Record<string, string | number>>, item?: string): string {
  if (!text.includes('{')) return text;
  return text.replace(placeholder, (whole, name: string) => {
    if (name === itemName) return item ?? whole;
    const value: unknown = fields[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : whole;
  });
}

/** An amount (milliseconds, bytes) that a step gives outright or as `{field}`. 0 for what a validated trace rules out. */
export function fillAmount(amount: number | string, fields: Readonly<Record<string, string | number>>): number {
  if (typeof amount === 'number') return amount;
  const value: unknown = fields[soleName(amount) ?? ''];
  return typeof value === 'number' ? value : 0;
}
