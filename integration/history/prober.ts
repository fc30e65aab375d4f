/** A steady stream of requests that does not wait for answers: what users of a way in see while things go wrong behind it. */

import { Agent, request } from 'undici';

export interface ProbeReport {
  /** Requests per second, from the first to the last. */
  rate: number;
  asked: number;
  /** What was asked after the first 200 had come, and was not answered with 200. */
  lost: string[];
  /** Requests that were repeated because a kept connection was closed under them. */
  resets: number;
  /** Bodies' versions (X-Version), in the order in which they first answered. */
  versions: string[];
}

export interface Prober {
  stop(): Promise<ProbeReport>;
}

export interface ProbeOptions {
  url: string;
  host: string;
  path?: string;
  perSecond: number;
}

/** Prober, proxy and pods may share one busy process, in which each hop waits for its turn: slow is not lost. What hangs for so long is. */
const patienceMs = 30_000;

const isReset = (error: unknown): boolean => ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes((error as { code?: string }).code ?? '');

export function startProber({ url, host, path = '/', perSecond }: ProbeOptions): Prober {
  const dispatcher = new Agent({ connections: 16 });
  const from = performance.now();
  const report: ProbeReport = { rate: 0, asked: 0, lost: [], resets: 0, versions: [] };
  const open = new Set<Promise<void>>();
  let succeeded = false;

  async function once(): Promise<string | undefined> {
    const answer = await request(url + path, { dispatcher, headers: { host }, headersTimeout: patienceMs, bodyTimeout: patienceMs });
    await answer.body.dump();
    const version = answer.headers['x-version'];
    if (answer.statusCode !== 200) return String(answer.statusCode);
    if (typeof version === 'string' && !report.versions.includes(version)) report.versions.push(version);
    return undefined;
  }

  async function ask(): Promise<void> {
    const afterMs = Math.round(performance.now() - from);
    // What was asked before the first answer came may be answered after it.
    const promised = succeeded;
    const fault = await once()
      // RFC 9110 section 9.2.2: an idempotent request may be repeated when the kept connection was closed under it.
      .catch((error: unknown) => {
        if (!isReset(error)) throw error;
        report.resets++;
        return once();
      })
      .catch(String);
    if (fault === undefined) succeeded = true;
    else if (promised) report.lost.push(`${fault} after ${afterMs} ms`);
  }

  // As many as should have been sent by now: a late timer is made up for.
  const askWhatIsDue = () => {
    const due = Math.floor(((performance.now() - from) / 1000) * perSecond);
    while (report.asked < due) {
      report.asked++;
      const asked = ask().finally(() => open.delete(asked));
      open.add(asked);
    }
  };
  const timer = setInterval(askWhatIsDue, 1000 / perSecond);

  return {
    async stop() {
      clearInterval(timer);
      askWhatIsDue();
      report.rate = Math.round(((report.asked + 1) / (performance.now() - from)) * 1000);
      await Promise.all(open);
      await dispatcher.close();
      return report;
    },
  };
}
