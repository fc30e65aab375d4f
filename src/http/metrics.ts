/** The process's metrics. One registry per server: nothing global, so that tests run many. */

import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  registry: Registry;
  /** `route` is the path of the table, never the one asked for: names and ids must not become labels. */
  /** A number that only grows, kept elsewhere and read when somebody asks. */
  count(name: string, help: string, read: () => number): void;
  /** A number that goes up and down, read when somebody asks. */
  gauge(name: string, help: string, read: () => number): void;
  observe(request: { method: string; route: string; status: number; seconds: number }): void;
}

export function createMetrics(options: { process: boolean }): Metrics {
  const registry = new Registry();
  if (options.process) collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'teal_http_request_duration_seconds',
    help: 'Time from request to answer, by route',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
    registers: [registry],
  });
  return {
    registry,
    count(name, help, read) {
      const counter: Counter = new Counter({
        name,
        help,
        registers: [registry],
        collect() {
          counter.reset();
          counter.inc(read());
        },
      });
    },
    gauge(name, help, read) {
      const gauge: Gauge = new Gauge({ name, help, registers: [registry], collect: (): void => gauge.set(read()) });
    },
    observe({ method, route, status, seconds }) {
      requests.observe({ method, route, status: String(status) }, seconds);
    },
  };
}
