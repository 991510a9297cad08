import fastify from 'fastify';
import { expect, test } from 'vitest';
import { Failure } from '../../server/core/failure.ts';
import type { Measured } from '../../server/api/metrics.ts';
import { serveMetrics } from '../../server/api/metrics.ts';
import { sharedWorkers } from '../../server/api/work/workers.ts';
import type { Site } from './site.ts';
import { openSite } from './site.ts';

/** What Prometheus reads: names with labels, and values. Throws at a line that is none of the text format. */
function figuresOf(text: string): ReadonlyMap<string, number> {
  const figures = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || /^# (HELP|TYPE) [a-z_]+ \S/.test(line)) continue;
    const [, name = '', value = ''] = /^([a-z_]+(?:\{(?:[a-z]+="[^"\\\n]*",?)+\})?) (\S+)$/.exec(line) ?? [];
    expect(name, line).not.toBe('');
    expect(Number.isFinite(Number(value)), line).toBe(true);
    figures.set(name, Number(value));
  }
  return figures;
}

async function read(site: Site, cookie: string): Promise<ReadonlyMap<string, number>> {
  const answer = await site.ask({ url: '/metrics', headers: { cookie } });
  expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
  return figuresOf(answer.body);
}

const GRAPH = 'method="GET",route="/api/topologies/:name/graph"';

test('requests are counted by route and status, and timed; jobs by how they ended', async () => {
  await using site = await openSite();
  const cookie = await site.signIn();
  const before = await read(site, cookie);
  for (const name of ['small.yaml', 'small.yaml', 'nobody.yaml'])
    await site.ask({ url: `/api/topologies/${name}/graph`, headers: { cookie } });
  const after = await read(site, cookie);
  expect(after.get(`trunkline_http_requests_total{${GRAPH},status="200"}`)).toBe(2);
  expect(after.get(`trunkline_http_requests_total{${GRAPH},status="404"}`)).toBe(1);
  expect(after.get(`trunkline_http_request_duration_seconds_count{${GRAPH}}`)).toBe(3);
  const done = 'trunkline_jobs_total{job="graph",result="done"}';
  expect((after.get(done) ?? 0) - (before.get(done) ?? 0)).toBe(2);
  expect(after.get('trunkline_jobs_waiting')).toBe(0);
  expect(after.get('trunkline_operator_up')).toBe(1);
  expect(after.get('trunkline_memory_bytes')).toBeGreaterThan(1e6);
  expect([...after.keys()]).toContain('trunkline_event_loop_lag_seconds{quantile="0.99"}');
});

test('runs are counted by how they ended; where nobody can say, that is a figure too', async () => {
  const nobody = (): Promise<never> => Promise.reject(new Failure('host-unreachable', 'The operator does not answer.'));
  const measure = async (runs: Measured['runs']): Promise<ReadonlyMap<string, number>> => {
    const server = fastify();
    serveMetrics(server, { work: sharedWorkers().figures, runs });
    const { body } = await server.inject('/metrics');
    await server.close();
    return figuresOf(body);
  };
  const outcomes = ['applied', 'undone', 'applied'] as const;
  const told = await measure(() => Promise.resolve(outcomes.map((outcome) => ({ outcome }))));
  expect(told.get('trunkline_recent_runs{result="applied"}')).toBe(2);
  expect(told.get('trunkline_recent_runs{result="undone"}')).toBe(1);
  expect((await measure(nobody)).get('trunkline_operator_up')).toBe(0);
});

test('nobody makes a label up: not by addresses, methods, names, tokens or headers', async () => {
  await using site = await openSite();
  const cookie = await site.signIn();
  await site.ask({ url: '/open?token=canary', headers: { cookie } });
  const had = [...(await read(site, cookie)).keys()].length;
  for (let index = 0; index < 50; index += 1) {
    const canary = `canary-${String(index)}`;
    const headers = { cookie, 'user-agent': canary, authorization: `Bearer ${canary}`, origin: site.serving.url };
    await site.ask({ url: `/api/topologies/${canary}/graph?${canary}=1`, headers });
    await site.ask({ url: `/${canary}/`, headers });
    await site.ask({ url: `/open?token=${canary}`, headers });
    await site.ask({ method: 'POST', url: `/api/${canary}`, headers });
  }
  const names = [...(await read(site, cookie)).keys()];
  expect(names.join('\n')).not.toContain('canary');
  // A few rows for what is refused and for what is not there, however often and however it is asked for.
  expect(names.length - had).toBeLessThan(60);
});
