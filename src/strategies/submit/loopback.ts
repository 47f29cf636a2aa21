import { isIP } from 'node:net';

/** 127.0.0.0/8 as an IPv6 address (RFC 4291, section 2.5.5.2), in the form that a URL gives it. */
const mappedLoopback = /^::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}$/;

/** Whether a URL's host is this machine, as far as its name tells. */
export function isLoopback({ hostname }: URL): boolean {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) === 4) return host.startsWith('127.');
  if (isIP(host) === 6) return host === '::1' || mappedLoopback.test(host);
  // With or without the dot of the root (RFC 6761, section 6.3).
  return /^(?:.*\.)?localhost\.?$/.test(host);
}
