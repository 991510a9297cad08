/** Whatever a file holds, the server goes on answering: what is large is worked on beside its own thread, and has an end. */
import { expect, test } from 'vitest';
import { openFolder } from '../../server/api/folder.ts';
import type { TopologyList } from '../../server/api/schema/topologies.ts';
import { openWorkers, WORK_LIMITS } from '../../server/api/work/workers.ts';
import type { Site } from './site.ts';
import { openSite, SMALL } from './site.ts';

const guests = (count: number): string =>
  Array.from({ length: count }, (_, index) => {
    const [high, low] = [Math.floor(index / 250), (index % 250) + 1];
    return `  guest-${String(index)}: { on: box, nics: { lan: 10.1.${String(high)}.${String(low)} } }\n`;
  }).join('');

const WIDE = SMALL.replace('10.1.1.0/24', '10.1.0.0/16').replace(/guests:[^]*/, '');

/** The worst that a file of a megabyte can be, each in its way. */
const WORST: Readonly<Record<string, string>> = {
  'many guests': `${WIDE}guests:\n${guests(15_000)}`,
  'guests made by the thousand': `${WIDE.replace('10.1.0.0/16', '10.0.0.0/8')}for:\n  - i: 1..8000\n    guests: { "g\${i}": { on: box, nics: { lan: auto } } }\n`,
  'aliases of aliases': `${SMALL}x0: &x0 [a, a, a, a, a, a, a, a]\n${Array.from({ length: 12 }, (_, index) => `x${String(index + 1)}: &x${String(index + 1)} [${Array.from({ length: 8 }, () => `*x${String(index)}`).join(', ')}]\n`).join('')}`,
  'brackets in brackets': `${SMALL}deep: ${'['.repeat(100_000)}${']'.repeat(100_000)}\n`,
  commas: `${SMALL}list: [${','.repeat(900_000)}]\n`,
  'names that nobody knows': `${WIDE}policy:\n${Array.from({ length: 12_000 }, (_, index) => `  - { allow: 80/tcp, from: nobody${String(index)}, to: noone }\n`).join('')}`,
  'a name of a megabyte': `${SMALL}${'a'.repeat(1_000_000)}: 1\n`,
  'ports by the thousand': `${WIDE}guests:\n  web: { on: box, nics: { lan: 10.1.1.1 }, listens: [${Array.from({ length: 60_000 }, (_, index) => `${String(index + 1)}/tcp`).join(', ')}] }\n`,
};

test.each(Object.entries(WORST))(
  'asked for its health while it compiles %s, the server answers',
  { timeout: 120_000 },
  async (_what, text) => {
    await using site = await openSite({ 'small.yaml': SMALL });
    await site.write('worst.yaml', text);
    const cookie = await site.signIn();
    const order: string[] = [];
    const graph = askOnWire(site, cookie, '/api/topologies/worst.yaml/graph').then((status) => {
      order.push('graph');
      return status;
    });
    // One that is asked when the work has begun is answered before it ends, however short it is.
    do {
      expect(await askOnWire(site, cookie, '/health')).toBe(200);
      order.push('health');
    } while (!order.includes('graph'));
    expect([200, 422]).toContain(await graph);
    expect(order[0]).toBe('health');
    expect(await askOnWire(site, cookie, '/api/topologies/small.yaml/graph')).toBe(200);
    expect(site.reports).toEqual([]);
  },
);

async function askOnWire(site: Site, cookie: string, path: string): Promise<number> {
  const response = await fetch(site.serving.url + path, { headers: { cookie } });
  await response.arrayBuffer();
  return response.status;
}

test.each([
  ['time', { ...WORK_LIMITS, cpuMs: 50 }, 'seconds of computing'],
  ['memory', { ...WORK_LIMITS, heapMb: 40 }, 'MiB of memory'],
] as const)('what takes more %s than there is ends, is refused, and harms nobody', async (_what, limits, words) => {
  await using site = await openSite({ 'small.yaml': SMALL });
  await site.write('worst.yaml', WORST['many guests'] ?? '');
  const workers = openWorkers({ ...limits, threads: 1 });
  try {
    const folder = openFolder(site.folder, workers);
    const refused = folder.work('worst.yaml', 'graph', null);
    await expect(refused).rejects.toMatchObject({ kind: 'too-large' });
    await expect(refused).rejects.toHaveProperty('detail', expect.stringContaining(words));
    // Asked again it is not tried again; another file is.
    await expect(folder.work('worst.yaml', 'graph', null)).rejects.toBe(await refused.catch((error: unknown) => error));
  } finally {
    await workers.close();
  }
});

test('what is too large is in the list as wrong, says why, and is read as soon as it has changed', async () => {
  const workers = openWorkers({ ...WORK_LIMITS, cpuMs: 1_000, threads: 1 });
  try {
    await using site = await openSite({ 'small.yaml': SMALL }, { workers });
    const cookie = await site.signIn();
    const get = (path: string) => site.ask({ url: path, headers: { cookie } });
    const listed = async (): Promise<readonly string[]> =>
      (await get('/api/topologies')).json<TopologyList>().topologies.map(({ name, ok }) => `${name} ${String(ok)}`);
    await site.write('worst.yaml', WORST['many guests'] ?? '');
    expect(await listed()).toEqual(['small.yaml true', 'worst.yaml false']);
    const refused = await get('/api/topologies/worst.yaml/graph');
    expect(refused.statusCode).toBe(422);
    expect(refused.json()).toMatchObject({ failure: { kind: 'too-large' } });
    await site.write('worst.yaml', SMALL);
    expect(await listed()).toEqual(['small.yaml true', 'worst.yaml true']);
    expect(site.reports).toEqual([]);
  } finally {
    await workers.close();
  }
});

test('too many at once are refused, and those before them answered', async () => {
  await using site = await openSite();
  const workers = openWorkers({ ...WORK_LIMITS, threads: 1, waiting: 2 });
  try {
    const task = { folder: site.folder, name: 'small.yaml', job: 'graph', input: null } as const;
    const answers = await Promise.allSettled(Array.from({ length: 6 }, () => workers.run(task)));
    expect(answers.map(({ status }) => status).sort()).toEqual(
      [3, 3].flatMap((count, index) => Array.from({ length: count }, () => ['fulfilled', 'rejected'][index])),
    );
    await expect(workers.run(task)).resolves.toContain('"formatVersion":1');
  } finally {
    await workers.close();
  }
});
