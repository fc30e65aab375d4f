/** The way in from outside: requests through the reverse proxy with a Host header, and a steady stream of them that is counted. */

import { Agent, request } from 'undici';
import { eventually } from './wait.ts';

export interface Page {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  /** The demo app's X-Version. */
  version: string | undefined;
}

export interface TrafficReport {
  asked: number;
  /** Versions in the order in which they first answered. */
  versions: string[];
  /** What was neither 200 nor a reset of an idle connection that succeeded when repeated. */
  lost: { status: number; error?: string; afterMs: number }[];
  resets: number;
}

export interface Traffic {
  /** Resolves when three more requests were asked and answered from now on. */
  more(): Promise<void>;
  stop(): Promise<TrafficReport>;
}

export interface Ingress {
  readonly url: string;
  get(host: string, path?: string, headers?: Record<string, string>): Promise<Page>;
  /** Asks again and again, one request at a time, on kept connections. */
  watch(host: string, path?: string): Traffic;
  close(): Promise<void>;
}

const isReset = (error: unknown): boolean => ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes((error as { code?: string }).code ?? '');

export function createIngress(url: string): Ingress {
  const dispatcher = new Agent({ connections: 16 });

  async function get(host: string, path = '/', headers: Record<string, string> = {}): Promise<Page> {
    const answer = await request(url + path, { dispatcher, headers: { host, ...headers }, headersTimeout: 10_000 });
    const version = answer.headers['x-version'];
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text: await answer.body.text(),
      version: typeof version === 'string' ? version : undefined,
    };
  }

  /** RFC 9110 section 9.2.2: a client may repeat an idempotent request on a fresh connection when the old one was closed under it. */
  async function repeated(host: string, path: string, onReset: () => void): Promise<Page> {
    try {
      return await get(host, path);
    } catch (error) {
      if (!isReset(error)) throw error;
      onReset();
      return get(host, path);
    }
  }

  return {
    url,
    get,
    watch(host, path = '/') {
      const from = performance.now();
      const report: TrafficReport = { asked: 0, versions: [], lost: [], resets: 0 };
      let going = true;
      const loop = async () => {
        while (going) {
          const afterMs = Math.round(performance.now() - from);
          try {
            const page = await repeated(host, path, () => report.resets++);
            if (page.status !== 200) report.lost.push({ status: page.status, afterMs });
            else if (page.version !== undefined && !report.versions.includes(page.version)) report.versions.push(page.version);
          } catch (error) {
            report.lost.push({ status: 0, error: String(error), afterMs });
          }
          report.asked++;
          await new Promise(resolve => setTimeout(resolve, 15));
        }
      };
      const ended = loop();
      return {
        more() {
          const enough = report.asked + 4;
          return eventually('traffic goes on', 30_000, () => {
            if (report.asked < enough) throw new Error(`${report.asked} of ${enough}`);
          });
        },
        async stop() {
          going = false;
          await ended;
          return report;
        },
      };
    },
    close: () => dispatcher.close(),
  };
}
