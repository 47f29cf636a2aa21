/**
 * Sizes of commands and replies as RESP2 frames them (https://redis.io/docs/latest/develop/reference/protocol-spec/), worked out from
 * their content: sockets only count whole segments, in which the commands of several operations travel together.
 */

/** An argument of a command. */
export type RedisArgument = string | number | Buffer;

const digits = (count: number): number => String(count).length;
const sizeOf = (value: RedisArgument): number =>
  Buffer.isBuffer(value) ? value.length : Buffer.byteLength(String(value));
/** `$<length>\r\n<bytes>\r\n` */
const bulkBytes = (length: number): number => 5 + digits(length) + length;

/** Bytes of a request: an array of bulk strings. */
export function requestBytes(command: string, parts: readonly RedisArgument[]): number {
  const count = parts.length + 1;
  const head = 3 + digits(count) + bulkBytes(command.length);
  return parts.reduce<number>((sum, part) => sum + bulkBytes(sizeOf(part)), head);
}

/** Bytes of a reply. A string counts as a bulk string, save `OK`, which is a status. */
export function replyBytes(reply: unknown): number {
  if (typeof reply === 'number') return 3 + digits(reply);
  if (reply === 'OK') return 5;
  if (typeof reply === 'string' || Buffer.isBuffer(reply)) return bulkBytes(sizeOf(reply));
  if (Array.isArray(reply))
    return reply.reduce<number>((sum, item) => sum + replyBytes(item), 3 + digits(reply.length));
  return 5;
}
