import { withoutSharedState } from './state/without-shared-state.js';
import { defineStrategy } from './strategy.js';
import { faultOfHeaders, type Headers } from './submit/headers.js';
import { HttpSubmits } from './submit/http-submits.js';
import { isLoopback } from './submit/loopback.js';

export default defineStrategy({
  name: 'submit-target',
  summary: "Submits to an HTTP endpoint of one's own, as --target names it.",
  description: `Sends each submit's own request (method, path, headers and body as the trace has them; without one, POST /submit with account,
epoch, tier and cid as JSON) to an endpoint that ipcbench did not start, over connections that are kept. Headers given with --header go
with every request, over those of the trace.

The answer's status is held against the one that is expected. Where the answer is JSON with a seq, that is checked too, and recovered in
it says that the row was missing. A redirect is an answer like any other and is never followed.

Load goes to this machine only, unless allow-remote says otherwise: send it to nobody who does not expect it.

Calls: one HTTP request a submit. Use it to replay submits against a staging endpoint.`,
  options: {
    endpoint: { type: 'text', default: '', describe: 'where to, such as http://127.0.0.1:8080' },
    headers: { type: 'text', default: '', secret: true, describe: 'what goes with every request: given with --header' },
    'allow-remote': { type: 'boolean', default: false, describe: 'send load to other machines than this one' },
  },
  capabilities: ['submit'],
  claims: () => ({ exclusion: false, noLostUpdates: false, maxStalenessMs: null, rightAnswers: true }),
  contradiction: ({ endpoint, headers, 'allow-remote': remote }) => {
    const common = readHeaders(headers);
    const fault = common === undefined ? 'headers: expected JSON such as {"name": "value"}' : faultOfHeaders(common);
    if (fault !== undefined || endpoint === '') return fault;
    const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol))
      return `endpoint=${endpoint}: expected a URL such as http://127.0.0.1:8080`;
    if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
      return `endpoint=${endpoint}: expected no path; those of the requests are in the trace`;
    if (url.username !== '' || url.password !== '') return 'the endpoint holds a password: use --header for it';
    if (!remote && !isLoopback(url))
      return `${url.host} is not this machine: --allow-remote sends load there all the same`;
    return undefined;
  },
  unavailable: async ({ endpoint }) => (endpoint === '' ? 'it needs an endpoint: give --target <url>' : undefined),
  coordinators: () => [],
  connect: async ({ options: { endpoint, headers } }) => {
    const common = readHeaders(headers) ?? {};
    const submits = await HttpSubmits.open({ origins: [new URL(endpoint).origin], headers: common, own: false });
    return { ...withoutSharedState, submits, close: () => submits.close() };
  },
});

/** Headers as JSON; undefined where it is something else. */
function readHeaders(text: string): Headers | undefined {
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    const isTable = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isTable && Object.values(value).every((one) => typeof one === 'string') ? (value as Headers) : undefined;
  } catch {
    return undefined;
  }
}
