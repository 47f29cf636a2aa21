import type { Libc } from '../../system/libc.js';

/** Memory that the kernel maps at one address for all threads of this process. */
export interface Mapping {
  readonly address: bigint;
  /** The memory itself; using it after {@link unmap} ends the process. */
  readonly words: Int32Array;
  unmap(): void;
}

// Source: mmap(2), <sys/mman.h>
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_PRIVATE_ANONYMOUS = 0x22;

/** Maps the beginning of an open file: what one process writes all others see. @throws Error when the kernel refuses */
export function mapFile(libc: Libc, descriptor: number, lengthBytes: number): Mapping {
  return map(libc, MAP_SHARED, descriptor, lengthBytes);
}

/** Maps memory of this process alone. */
export function mapPrivate(libc: Libc, lengthBytes: number): Mapping {
  return map(libc, MAP_PRIVATE_ANONYMOUS, -1, lengthBytes);
}

/** The words of a mapping that another thread made. */
export function wordsAt(libc: Libc, address: bigint, lengthBytes: number): Int32Array {
  return new Int32Array(libc.memory(address, lengthBytes));
}

function map(libc: Libc, flags: number, descriptor: number, lengthBytes: number): Mapping {
  const mmap = libc.library.func(
    'intptr_t mmap(intptr_t hint, size_t length, int protection, int flags, int fd, int64_t offset)',
  );
  const munmap = libc.library.func('int munmap(intptr_t address, size_t length)');
  const address = BigInt(mmap(0, lengthBytes, PROT_READ_WRITE, flags, descriptor, 0));
  if (address === -1n) throw new Error(`mmap(2) of ${lengthBytes} bytes failed with errno ${libc.errno()}`);
  return {
    address,
    words: wordsAt(libc, address, lengthBytes),
    unmap: () => {
      munmap(address, lengthBytes);
    },
  };
}
