import type { LibraryHandle } from 'koffi';
import { IpcbenchError, messageOf } from '../errors.js';

/** The C library of this process, to be called without a compiler. */
export interface Libc {
  library: LibraryHandle;
  /** `errno` of the call just made in this thread: read it before anything else happens. */
  errno(): number;
  /** Memory from elsewhere as an ArrayBuffer; the caller keeps it mapped for as long as the buffer is in use. */
  memory(address: bigint, lengthBytes: number): ArrayBuffer;
}

/** `errno` values of Linux (errno(3)), the same on every architecture that Node runs on. */
export const errnoCodes = {
  EPERM: 1,
  EINTR: 4,
  EAGAIN: 11,
  EBUSY: 16,
  ENOSYS: 38,
  ETIMEDOUT: 110,
  EOWNERDEAD: 130,
} as const;

/**
 * Opens the C library that this process already runs on. The binding is loaded at the first use only, since it is native code.
 * @throws IpcbenchError `UNAVAILABLE` where there is no prebuilt binding for this platform
 */
export async function openLibc(): Promise<Libc> {
  try {
    const { default: koffi } = await import('koffi');
    return {
      library: koffi.load(null),
      errno: () => koffi.errno(),
      memory: (address, lengthBytes) => koffi.view(address, lengthBytes),
    };
  } catch (error) {
    throw new IpcbenchError(
      'UNAVAILABLE',
      `the C library cannot be called from here (koffi on ${process.platform}-${process.arch}: ${messageOf(error)}): reinstall with \`npm ci\` on this machine`,
      { cause: error },
    );
  }
}
