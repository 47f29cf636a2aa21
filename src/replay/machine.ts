import { readFileSync, readlinkSync } from 'node:fs';

/** Names this machine, as far as process ids mean the same on it: its boot and its pid namespace (proc_sys_kernel(5), pid_namespaces(7)). */
export function machineIdentity(): string {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
}
