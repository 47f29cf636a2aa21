import type { SafetyExample } from '../../measure/result.js';
import { measuredResults, type Report } from '../model.js';
import { tellMs } from '../quantity.js';
import { escaped, type Markup } from './element.js';
import { palette } from './style.js';

const shownExamples = 3;

/** What went wrong: each example as bars on a time line, one a side, with the sentence that tells it. */
export function safetyLines(report: Report): Markup {
  return measuredResults(report)
    .filter((result) => result.strategy !== 'none') // it shares nothing, so nothing of it can go wrong
    .flatMap((result) =>
      result.safety.examples
        .slice(0, shownExamples)
        .map((example) => `<h3>${escaped(`${result.label}: ${words[example.kind]}`)}</h3>${drawn(example)}`),
    )
    .join('\n');
}

const words: Record<SafetyExample['kind'], string> = {
  overlap: 'two in one critical section',
  lostUpdate: 'a lost update',
  staleRead: 'a stale read',
  underLocked: "writers without a common lock (the trace's own fault)",
  wrongAnswer: 'wrong answer',
};

function drawn(example: SafetyExample): Markup {
  const fromMs = Math.min(...example.sides.map((side) => side.fromMs));
  const toMs = Math.max(...example.sides.map((side) => side.toMs));
  const lengthMs = Math.max(toMs - fromMs, 1e-6);
  const share = (ms: number): string => `${((100 * ms) / lengthMs).toFixed(2)}%`;
  const lines = example.sides.map((side, index) => {
    const place = `left:${share(side.fromMs - fromMs)};width:${share(side.toMs - side.fromMs)};background:${palette[index % palette.length]}`;
    return `<div class="line"><em>${escaped(`${side.process} (${side.operation})`)}</em><i style="${place}"></i></div>`;
  });
  const axis = `<div class="axis"><span>${escaped(tellMs(fromMs))}</span><span>${escaped(tellMs(toMs))}</span></div>`;
  const picture =
    example.sides.length === 0
      ? ''
      : `<div role="img" aria-label="${escaped(example.text)}">${lines.join('')}${axis}</div>`;
  return `${picture}<p>${escaped(example.text)}</p>`;
}
