import type { Comparison } from './comparison-model.js';
import { comparisonSentence, remarksOf, tellRow } from './comparison-table.js';
import type { Outcome } from './evaluation.js';
import type { Report } from './model.js';

interface TestCase {
  suite: string;
  name: string;
  /** Absent: passed. */
  result?: { kind: 'failure' | 'error' | 'skipped'; message: string };
}

/**
 * A comparison and the conditions asked for as JUnit XML: worse and failed are failures, what could not be measured is an error, what
 * could not be decided is skipped. Keeps to what both the Ant task's schema and Surefire's allow.
 * Source: https://github.com/windyroad/JUnit-Schema, https://github.com/jenkinsci/xunit-plugin (junit-10.xsd)
 */
export function renderJunit(report: Report, comparison: Comparison | undefined, outcomes: readonly Outcome[]): string {
  const cases = [...(comparison === undefined ? [] : comparisonCases(comparison)), ...outcomes.map(outcomeCase)];
  const suites = [...new Set(cases.map((each) => each.suite))];
  const startedAt = report.run.startedAt.slice(0, 19);
  const out = comparison === undefined ? '' : [comparisonSentence(comparison), ...remarksOf(comparison)].join('\n');
  const body = suites.map((suite, id) =>
    suiteElement(
      suite,
      id,
      cases.filter((each) => each.suite === suite),
      startedAt,
      out,
    ),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${body.join('\n')}\n</testsuites>\n`;
}

function comparisonCases(comparison: Comparison): TestCase[] {
  const kinds = { worse: 'failure', inconclusive: 'skipped' } as const;
  const rows = comparison.rows.map((row): TestCase => {
    const [name = '', ...figures] = tellRow(row);
    const base = { suite: `ipcbench.${row.strategy}`, name };
    if (row.verdict === 'same' || row.verdict === 'better') return base;
    return { ...base, result: { kind: kinds[row.verdict], message: `${figures.join(', ')}: ${row.reason}` } };
  });
  const safety = comparison.safety.map((row): TestCase => {
    const base = { suite: `ipcbench.${row.strategy}`, name: 'safety' };
    if (row.verdict === 'same' || row.verdict === 'better') return base;
    return { ...base, result: { kind: kinds[row.verdict], message: `${row.base}, now ${row.current}: ${row.reason}` } };
  });
  const unmeasured = comparison.unmeasured.map(
    ({ strategy, reason }): TestCase => ({
      suite: `ipcbench.${strategy}`,
      name: 'measured',
      result: { kind: 'error', message: reason },
    }),
  );
  return [...rows, ...safety, ...unmeasured];
}

function outcomeCase(outcome: Outcome): TestCase {
  const base = { suite: 'ipcbench.conditions', name: outcome.condition };
  const kinds = { failed: 'failure', unmeasured: 'error', undecided: 'skipped' } as const;
  return outcome.status === 'passed'
    ? base
    : { ...base, result: { kind: kinds[outcome.status], message: outcome.text } };
}

function suiteElement(suite: string, id: number, cases: readonly TestCase[], startedAt: string, out: string): string {
  const count = (kind: string): number => cases.filter((each) => each.result?.kind === kind).length;
  const numbers = `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}" time="0"`;
  const open = `  <testsuite id="${id}" package="ipcbench" name="${attribute(suite)}" timestamp="${attribute(startedAt)}" hostname="localhost" ${numbers}>`;
  const rest = `    <system-out>${escapedXml(id === 0 ? out : '')}</system-out>\n    <system-err></system-err>\n  </testsuite>`;
  return [open, '    <properties></properties>', ...cases.map(caseElement), rest].join('\n');
}

function caseElement({ suite, name, result }: TestCase): string {
  const head = `    <testcase classname="${attribute(suite)}" name="${attribute(name)}" time="0"`;
  if (result === undefined) return `${head}></testcase>`;
  const type = result.kind === 'skipped' ? '' : ` type="${result.kind}"`;
  return `${head}><${result.kind}${type} message="${attribute(result.message)}"></${result.kind}></testcase>`;
}

/** Tokens have no line breaks and no double spaces. */
function attribute(text: string): string {
  return escapedXml(text.replace(/\s+/g, ' ').trim());
}

function escapedXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '�')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
