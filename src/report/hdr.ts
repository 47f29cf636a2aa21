import { decodeFromCompressedBase64, type Histogram, HistogramLogWriter } from 'hdr-histogram-js';
import type { MeasuredResult } from '../measure/result.js';
import { measuredResults, type Report } from './model.js';

const nsPerMs = 1e6;

/** One distribution, ready to be plotted by any HdrHistogram tool. */
export interface PercentileFile {
  /** `<label>.<operation>.<response|service>.hgrm`, fit to be a file name. */
  name: string;
  text: string;
}

/**
 * Response and service time of every operation on every strategy as `.hgrm` percentile distributions, in milliseconds.
 * Source: the output of HdrHistogram's `outputPercentileDistribution`, as http://hdrhistogram.github.io/HdrHistogram/plotFiles.html reads it.
 */
export function percentileFiles(report: Report): PercentileFile[] {
  return measuredResults(report).flatMap((result) =>
    Object.entries(result.operations).flatMap(([operation, { histograms }]) =>
      (['response', 'service'] as const).map((kind) => ({
        name: `${fileName(result.label)}.${fileName(operation)}.${kind}.hgrm`,
        text: decode(histograms[kind]).outputPercentileDistribution(5, nsPerMs),
      })),
    ),
  );
}

/**
 * All rounds as one interval log (`.hlog`, format 1.3): an interval a round, tagged `<label>/<operation>`, of response times in
 * nanoseconds, the largest of each line in milliseconds. Rounds are laid end to end, each as long as the trace.
 */
export function intervalLog(report: Report): string {
  const lines: string[] = [];
  const writer = new HistogramLogWriter((text) => lines.push(text.replace(/\n+$/, '\n')));
  writer.outputLogFormatVersion();
  writer.outputComment(
    ` ipcbench ${report.tool.version}, trace ${report.trace.name.replace(/\s+/g, ' ')}: response times in ns`,
  );
  writer.outputStartTime(Date.parse(report.run.startedAt));
  writer.outputLegend();
  const lengthSeconds = report.trace.durationMs / 1000;
  for (const result of measuredResults(report))
    for (const [index, part] of partsOf(result).entries())
      for (const [operation, { histograms }] of Object.entries(part.operations)) {
        const histogram = decode(histograms.response);
        histogram.tag = `${result.label}/${operation}`.replace(/[,\s]/g, '_');
        writer.outputIntervalHistogram(histogram, index * lengthSeconds, (index + 1) * lengthSeconds, nsPerMs);
      }
  return lines.join('');
}

function partsOf(result: MeasuredResult): readonly Pick<MeasuredResult, 'operations'>[] {
  return result.rounds.length > 0 ? result.rounds : [result];
}

function decode(text: string): Histogram {
  return decodeFromCompressedBase64(text, 32, false);
}

function fileName(text: string): string {
  return text.replace(/[^\p{L}\p{N}_=-]+/gu, '_').slice(0, 80);
}
