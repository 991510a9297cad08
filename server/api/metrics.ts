/** Figures of the server for Prometheus. Labels are routes of the table, methods and words of lists: nothing that somebody can make up. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Metric } from 'prom-client';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { Failure } from '../core/failure.ts';
import { accessOf } from './access.ts';
import { API } from './contract/api.ts';
import type { Operation } from './contract/operation.ts';
import type { RunEntry } from './schema/runs.ts';
import type { WorkFigures } from './work/figures.ts';

export interface Measured {
  readonly work: WorkFigures;
  /** The last runs, as the history has them. */
  readonly runs: () => Promise<readonly Pick<RunEntry, 'outcome'>[]>;
}

const BUCKETS_SECONDS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60];

/** Counts what the server does, and answers `GET /metrics` with it. */
export function serveMetrics(server: FastifyInstance, { work, runs }: Measured): void {
  const registry = new Registry();
  const registers = [registry];
  const labelNames = ['method', 'route', 'status'] as const;
  const requests = new Counter({
    ...{ name: 'trunkline_http_requests_total', help: 'Requests that were answered', labelNames, registers },
  });
  const durations = new Histogram({
    ...{ name: 'trunkline_http_request_duration_seconds', help: 'Time until a request was answered', registers },
    ...{ labelNames: ['method', 'route'] as const, buckets: BUCKETS_SECONDS },
  });
  const streams = new Gauge({ name: 'trunkline_event_streams', help: 'Open streams of events', registers });
  const register: Register = (metric) => {
    registry.registerMetric(metric);
  };
  addWork(register, work);
  addRuns(register, runs);
  addProcess(server, register);

  server.addHook('onRequest', async (request, reply) => {
    if (!isStream(request)) return;
    streams.inc();
    reply.raw.once('close', () => {
      streams.dec();
    });
  });
  server.addHook('onResponse', async (request, reply) => {
    const [method, route] = [methodOf(request), routeOf(request)];
    requests.inc({ method, route, status: String(reply.statusCode) });
    if (!isStream(request)) durations.observe({ method, route }, reply.elapsedTime / 1000);
  });
  server.get('/metrics', async (_request, reply) => {
    const text = await registry.metrics();
    return reply.type(registry.contentType).send(text);
  });
}

type Register = (metric: Metric) => void;

function addWork(register: Register, work: WorkFigures): void {
  register(
    new Counter({
      ...{
        name: 'trunkline_jobs_total',
        help: 'Topologies compiled, drawn and asked about, by how it ended',
        registers: [],
      },
      ...{ labelNames: ['job', 'result'] as const },
      collect() {
        this.reset();
        for (const { job, result, count } of work.counts()) this.inc({ job, result }, count);
      },
    }),
  );
  register(
    new Gauge({
      ...{ name: 'trunkline_jobs_waiting', help: 'Jobs that wait for a thread', registers: [] },
      collect() {
        this.set(work.waiting());
      },
    }),
  );
}

function addRuns(register: Register, runs: Measured['runs']): void {
  // Both are told from one answer: the first asks, the second waits for the same.
  let asked: Promise<Awaited<ReturnType<typeof runs>> | undefined> = Promise.resolve(undefined);
  register(
    new Gauge({
      ...{ name: 'trunkline_operator_up', help: 'Whether what works on the hosts answers', registers: [] },
      async collect() {
        asked = answerOf(runs);
        this.set((await asked) === undefined ? 0 : 1);
      },
    }),
  );
  register(
    new Gauge({
      ...{ name: 'trunkline_recent_runs', help: 'Of the last runs of the history, how many ended in which way' },
      ...{ labelNames: ['result'] as const, registers: [] },
      async collect() {
        this.reset();
        for (const { outcome } of (await asked) ?? []) this.inc({ result: outcome });
      },
    }),
  );
}

/** `undefined` where it fails: all other figures are as good without it, and whoever watches has to see that it is gone. */
async function answerOf<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

function addProcess(server: FastifyInstance, register: Register): void {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  server.addHook('onClose', () => {
    delay.disable();
  });
  register(
    new Gauge({
      ...{
        name: 'trunkline_event_loop_lag_seconds',
        help: 'How late the server got to work since it was last asked',
        registers: [],
      },
      ...{ labelNames: ['quantile'] as const },
      collect() {
        for (const quantile of ['0.5', '0.99'])
          this.set({ quantile }, seconds(delay.percentile(Number(quantile) * 100)));
        this.set({ quantile: '1' }, seconds(delay.max));
        delay.reset();
      },
    }),
  );
  register(
    new Gauge({
      ...{ name: 'trunkline_memory_bytes', help: 'Memory of the process, its threads included', registers: [] },
      collect() {
        this.set(process.memoryUsage.rss());
      },
    }),
  );
  register(
    new Counter({
      ...{ name: 'trunkline_cpu_seconds_total', help: 'Processor time of the process', registers: [] },
      collect() {
        const { user, system } = process.cpuUsage();
        this.reset();
        this.inc((user + system) / 1e6);
      },
    }),
  );
}

/** Nothing was measured yet: the histogram of Node begins with a largest number that is none. */
function seconds(nanoseconds: number): number {
  return Number.isFinite(nanoseconds) && nanoseconds < 1e15 ? nanoseconds / 1e9 : 0;
}

/** `none` for what is not in the table: an address that somebody made up. */
function routeOf(request: FastifyRequest): string {
  const { url } = request.routeOptions;
  return url !== undefined && accessOf(request.method, url) !== undefined ? url : 'none';
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

function methodOf({ method }: FastifyRequest): string {
  return METHODS.includes(method) ? method : 'other';
}

const OPERATIONS: Readonly<Record<string, Operation>> = API;

function isStream(request: FastifyRequest): boolean {
  const key = `${request.method} ${request.routeOptions.url ?? ''}`;
  return Object.hasOwn(OPERATIONS, key) && OPERATIONS[key]?.stream === true;
}
