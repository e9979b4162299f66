/** What operations want to know, in Prometheus' form. */
import { Counter, Histogram, Registry } from 'prom-client';

export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    requests: new Counter({
      name: 'toile_http_requests_total',
      help: 'Requests answered',
      labelNames: ['method', 'status'],
      registers,
    }),
    errors: new Counter({ name: 'toile_errors_total', help: 'Errors answered', labelNames: ['code'], registers }),
    jobs: new Counter({ name: 'toile_jobs_total', help: 'Generations ended', labelNames: ['state'], registers }),
    passes: new Counter({ name: 'toile_passes_total', help: 'SMART passes run', registers }),
    stageSeconds: new Histogram({
      name: 'toile_stage_seconds',
      help: 'Time a generation spent in a stage',
      labelNames: ['stage'],
      buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
      registers,
    }),
  };
}
