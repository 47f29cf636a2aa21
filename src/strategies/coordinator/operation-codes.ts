/** What a request's code byte means. Arguments and results stand beside the handlers (`*-operations.ts`). */
export const operationCodes = {
  /** Gives up the call in progress, or undoes the grant just sent; has no reply of its own. */
  cancel: 0,

  createLock: 1,
  increaseReference: 2,
  decreaseReference: 3,
  acquire: 4,
  release: 5,
  obtainLock: 6,
  storeLock: 7,
  acquireKeys: 8,
  releaseKeys: 9,
  writeAndReleaseKeys: 10,

  contains: 16,
  get: 17,
  set: 18,
  delete: 19,
  keys: 20,
  copy: 21,
  update: 22,
  clear: 23,

  put: 32,
  take: 33,

  census: 48,

  getField: 64,
  patch: 65,
  patchMany: 66,
  replaceAll: 67,
  append: 68,

  pollInvalidations: 80,
  invalidate: 81,
  watch: 82,
} as const;

/** The code byte of a reply. */
export const replyCodes = { ok: 0, refused: 1 } as const;

/** The code byte of the four handshake frames. */
export const handshakeCode = 255;

const names = new Map<number, string>(Object.entries(operationCodes).map(([name, code]) => [code, name]));

/** What a request's code byte is called. */
export function operationName(code: number): string {
  return names.get(code) ?? String(code);
}
