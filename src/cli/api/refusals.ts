/** What the server, or the way to it, refuses, in words for people. Pure. */

import { exits, Failure } from '../exits.ts';
import type { Answer, Server } from './client.ts';
import type { Problem } from './types.ts';

const exitOf = (status: number, code: string | undefined): number => {
  if (status === 401 || status === 403) return code === 'POLICY_VIOLATION' ? exits.failed : exits.notAllowed;
  if (status === 404) return exits.notFound;
  return status === 400 || status === 415 || status === 422 ? exits.usage : exits.failed;
};

/** Of Teal: what else answers in JSON is something else. */
function problemIn(answer: Answer): Partial<Problem> | undefined {
  if (!/^application\/problem\+json\b/i.test(answer.header('content-type') ?? '')) return undefined;
  try {
    const problem: unknown = JSON.parse(answer.text);
    return typeof problem === 'object' && problem !== null ? problem : undefined;
  } catch {
    return undefined;
  }
}

const beginningOf = ({ status, text }: Pick<Answer, 'status' | 'text'>): string => {
  const start = text.trim().split('\n')[0]?.slice(0, 120) ?? '';
  return `${status}${start === '' ? '' : `: ${start}`}`;
};

export const notTeal = (url: string, answer: Pick<Answer, 'status' | 'text'>): Failure =>
  new Failure(`${url} is not a Teal server (${beginningOf(answer)})`);

/** What a proxy in front of a Teal may answer in its place. */
const mayBeInFront = (status: number): boolean => [401, 403, 408, 413, 429, 431].includes(status) || status >= 500;

/** Title and detail, each field with its fault, and how to tell the operator which request it was. */
export function failureOf(answer: Answer, { verbose, server }: { verbose: boolean; server: Server }): Failure {
  const problem = problemIn(answer);
  if (problem?.detail === undefined) {
    if (!mayBeInFront(answer.status)) return notTeal(server.url, answer);
    const passing = answer.status >= 502 && answer.status <= 504;
    return new Failure(`${server.url} answered ${beginningOf(answer)}`, exitOf(answer.status, undefined), { passing });
  }
  const { title = '', detail, code, requestId, errors = [] } = problem;
  // Of parameters the detail repeats every fault.
  const repeats = errors.length > 0 && errors.every(({ message }) => detail.includes(message));
  const more =
    repeats && errors.length === 1 ? [] : errors.map(({ pointer, message }) => `  ${pointer === '' ? '(the whole)' : pointer}: ${message}`);
  if (answer.status === 401 && server.token === undefined)
    more.push('  give a token: TEAL_TOKEN, --token-file, or teal config set-context');
  if (answer.status === 401 && server.token !== undefined) more.push('  teal auth check explains a token');
  const retryAfter = answer.header('retry-after');
  if (retryAfter !== undefined) more.push(`  try again in ${retryAfter} s`);
  if (verbose) more.push(`  code ${code ?? 'unknown'}, request ${requestId ?? 'unknown'}, status ${answer.status}`);
  const what = repeats && errors.length > 1 ? `${errors.length} faults` : detail;
  const heading = what.toLowerCase().startsWith(title.toLowerCase()) ? what : `${title}: ${what}`;
  return new Failure(heading, exitOf(answer.status, code), { more, passing: [429, 503].includes(answer.status) });
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name cannot be looked up',
  ETIMEDOUT: 'no answer in time',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is of an unknown authority: name it with --certificate-authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is of an unknown authority: name it with --certificate-authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is of an unknown authority: name it with --certificate-authority',
  EPROTO: 'it does not speak TLS',
};
/** Waiting helps against these. */
const lasting = /^(ENOTFOUND|.*CERT.*|UNABLE_TO_.*|EPROTO)$/;

export function unreachable(url: string, { code = '', message }: NodeJS.ErrnoException): Failure {
  const more =
    code === 'ECONNREFUSED' ? ['  start one with teal sandbox, or name yours: --server URL, TEAL_SERVER, or teal config set-context'] : [];
  return new Failure(`cannot reach ${url}: ${reasons[code] ?? message}`, exits.failed, { more, passing: !lasting.test(code) });
}
