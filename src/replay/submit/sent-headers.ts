import { ofOneConnection } from '../../strategies/submit/headers.js';

/**
 * The headers of a recorded request that are sent again: without those of the connection that it came on, which would break this one,
 * and those that its `Connection` names.
 */
export function sentHeaders(headers: Readonly<Record<string, string>>): [name: string, value: string][] {
  const named = new Set(
    Object.entries(headers)
      .filter(([name]) => name.toLowerCase() === 'connection')
      .flatMap(([, value]) => value.toLowerCase().split(','))
      .map((option) => option.trim()),
  );
  return Object.entries(headers).filter(([name]) => {
    const lower = name.toLowerCase();
    // HTTP/2 writes the first line as headers such as `:authority`.
    return !ofOneConnection.has(lower) && !named.has(lower) && !lower.startsWith(':');
  });
}
