import { IpcbenchError, messageOf } from '../errors.js';
import { Histogram } from '../measure/histogram.js';

/**
 * A histogram as a report carries it.
 * @throws IpcbenchError `BAD_REPORT` when somebody has been at it
 */
export function decodedHistogram(text: string): Histogram {
  try {
    return Histogram.decode(text);
  } catch (error) {
    throw new IpcbenchError(
      'BAD_REPORT',
      `a histogram in the report is damaged (${messageOf(error)}): copy the file again or replay again`,
      { cause: error },
    );
  }
}
