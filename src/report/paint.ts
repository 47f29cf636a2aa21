/** Colours of a terminal; the caller says whether there are any (NO_COLOR, a pipe). Source: ECMA-48, "Select Graphic Rendition". */
export type Paint = (tone: Tone, text: string) => string;
export type Tone = 'good' | 'bad' | 'doubtful' | 'strong' | 'faint';

const codes: Record<Tone, number> = { good: 32, bad: 31, doubtful: 33, strong: 1, faint: 2 };

/** A painter that colours, or one that leaves every text as it is. */
export function painter(color: boolean): Paint {
  return color ? (tone, text) => `\u001b[${codes[tone]}m${text}\u001b[0m` : (_tone, text) => text;
}
