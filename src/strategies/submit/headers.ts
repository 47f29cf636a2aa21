export type Headers = Readonly<Record<string, string>>;

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
