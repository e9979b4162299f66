/** What operations want to know, in Prometheus' form. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  // memory, event loop, garbage collection and start time of this process, without its engine
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    requests: new Counter({
      name: 'toile_http_requests_total',
      help: 'Requests answered',
      labelNames: ['method', 'status'],
      registers,
    }),
    errors: new Counter({ name: 'toile_errors_total', help: 'Errors answered', labelNames: ['code'], registers }),
    jobs: new Counter({
      name: 'toile_jobs_total',
      help: 'Generations that left this worker: done, failed, cancelled, handed back or taken over to be worked on by another',
      labelNames: ['state'],
      registers,
    }),
    jobErrors: new Counter({
      name: 'toile_job_errors_total',
      help: 'Generations that failed',
      labelNames: ['code'],
      registers,
    }),
    engineRestarts: new Counter({
      name: 'toile_engine_restarts_total',
      help: 'Times the engine died and was started again',
      registers,
    }),
    passes: new Counter({ name: 'toile_passes_total', help: 'SMART passes run', registers }),
    batchSize: new Histogram({
      name: 'toile_batch_size',
      help: 'Rows that ran together, for each row of a pass',
      buckets: [1, 2, 4, 8, 16, 32, 64],
      registers,
    }),
    stageSeconds: new Histogram({
      name: 'toile_stage_seconds',
      help: 'Time a generation spent in a stage',
      labelNames: ['stage'],
      buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
      registers,
    }),
    queueWaiting: new Gauge({
      name: 'toile_queue_waiting',
      help: 'Generations that wait, in all of the queue',
      registers,
    }),
    queueRunning: new Gauge({
      name: 'toile_queue_running',
      help: 'Generations that run, in all of the queue',
      registers,
    }),
    queuedSeconds: new Histogram({
      name: 'toile_queued_seconds',
      help: 'Time a generation waited before a worker began',
      buckets: [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000],
      registers,
    }),
    swept: new Counter({
      name: 'toile_swept_total',
      help: 'Assets and jobs deleted since they were older than TOILE_KEEP_DAYS',
      labelNames: ['kind'],
      registers,
    }),
  };
}
