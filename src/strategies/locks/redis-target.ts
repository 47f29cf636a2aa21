import { IpcbenchError } from '../../errors.js';
import { listenAddressOf } from '../coordinator/address.js';

/** Where a Redis is and how to log in. */
export interface RedisTarget {
  /** For messages: without the password. */
  readonly label: string;
  readonly path?: string;
  readonly host?: string;
  readonly port?: number;
  readonly tls?: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly database: number;
}

/** The user's own Redis: the option, else the environment's; undefined for a private one. */
export function userRedisUrl(options: { url: string }): string | undefined {
  return options.url || process.env.IPCBENCH_REDIS_URL || undefined;
}

/**
 * Reads `redis://[user[:password]@]host[:port][/database]`, `rediss://…` (TLS), `unix:///path[?db=n]`, or a coordinator's address
 * (`unix:/path`, `tcp:host:port`).
 * @throws IpcbenchError `BAD_OPTION`
 */
export function redisTarget(address: string): RedisTarget {
  const tcp = listenAddressOf(address);
  if (tcp !== undefined) return { label: address, ...tcp, database: 0 };
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'unix:') return unixTarget(url);
  if (url?.protocol === 'redis:' || url?.protocol === 'rediss:') return tcpTarget(url);
  throw badUrl(address.replace(/\/\/[^/]*@/, '//***@'));
}

function unixTarget(url: URL): RedisTarget {
  const path = decodeURIComponent(url.pathname);
  return { label: `unix:${path}`, path, ...login(url), database: databaseOf(url, url.searchParams.get('db') ?? '') };
}

function tcpTarget(url: URL): RedisTarget {
  const [host, port] = [url.hostname || '127.0.0.1', Number(url.port || 6379)];
  return {
    label: `${url.protocol}//${host}:${port}`,
    host: host.replace(/^\[|\]$/g, ''),
    port,
    tls: url.protocol === 'rediss:',
    ...login(url),
    database: databaseOf(url, url.pathname.slice(1)),
  };
}

function login(url: URL): Pick<RedisTarget, 'username' | 'password'> {
  return {
    ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
  };
}

function databaseOf(url: URL, text: string): number {
  if (!/^\d*$/.test(text)) throw badUrl(`${url.protocol}//…/${text}`);
  return Number(text);
}

function badUrl(shown: string): IpcbenchError {
  return new IpcbenchError(
    'BAD_OPTION',
    `"${shown}" is not the URL of a Redis: expected redis://[user:password@]host[:port][/database], rediss://… or unix:///path`,
  );
}
