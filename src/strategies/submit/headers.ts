import { httpSyntax } from '../../measure/http-syntax.js';

export type Headers = Readonly<Record<string, string>>;

/** Those of one connection (RFC 9110, section 7.6.1), and those that say where a message ends or to whom it goes: the client writes its own. */
export const ofOneConnection: ReadonlySet<string> = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'te',
  'transfer-encoding',
  'trailer',
  'upgrade',
  'http2-settings',
  'content-length',
  'expect',
  'host',
]);

/** Why these cannot go with every request, in words that leave their values out; undefined where they can. A `Host` of one's own can. */
export function faultOfHeaders(headers: Headers): string | undefined {
  for (const [name, value] of Object.entries(headers)) {
    if (!httpSyntax.headerName.test(name)) return `${JSON.stringify(name)} is no name of a header`;
    if (name.toLowerCase() !== 'host' && ofOneConnection.has(name.toLowerCase()))
      return `header ${name}: the client writes its own, as each request and its connection need it`;
    if (!httpSyntax.headerValue.test(value))
      return `header ${name}: its value holds what HTTP cannot carry, such as a line break or letters beyond Latin-1`;
  }
  return undefined;
}

/**
 * What puts `over` over the headers of a request, whatever the case in which either writes a name: they are one header (RFC 9110,
 * section 5.1), and sent twice they would be two values of it.
 */
export function headersUnder(over: Headers): (headers: Headers) => Headers {
  const own = distinct(over);
  const taken = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  if (taken.size === 0) return (headers) => headers;
  return (headers) => {
    const merged: Record<string, string> = {};
    for (const [name, value] of Object.entries(headers)) if (!taken.has(name.toLowerCase())) merged[name] = value;
    return Object.assign(merged, own);
  };
}

/** Of one name in several spellings the last. */
function distinct(headers: Headers): Headers {
  const last = new Map(Object.entries(headers).map((entry) => [entry[0].toLowerCase(), entry]));
  return Object.fromEntries(last.values());
}
