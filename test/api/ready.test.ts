/** What the server has at hand before anybody asks, and who of its threads does it. */
import { gzipSync } from 'node:zlib';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openFolder } from '../../server/api/folder.ts';
import { makeReady } from '../../server/api/make-ready.ts';
import { openWorkers, WORK_LIMITS } from '../../server/api/work/workers.ts';
import { openSite, SMALL } from './site.ts';

const guests = (count: number): string =>
  Array.from(
    { length: count },
    (_, index) =>
      `  guest-${String(index)}: { on: box, nics: { lan: 10.1.${String(index >> 7)}.${String(1 + (index & 127))} } }\n`,
  ).join('');
const large = (count: number): string =>
  `${SMALL.replace('10.1.1.0/24', '10.1.0.0/16').replace(/guests:[^]*/, '')}guests:\n${guests(count)}`;

test('all topologies are compiled and drawn, one that is wrong or too large being left to those who ask for it', async () => {
  await using site = await openSite({ 'small.yaml': SMALL, 'wrong.yaml': 'topology: wrong\ngusts: {}\n' });
  await site.write('large.yaml', large(15_000));
  const workers = openWorkers({ ...WORK_LIMITS, heapMb: 64, threads: 1 });
  try {
    await makeReady(openFolder(site.folder, workers));
    const counts = new Map(workers.figures.counts().map(({ job, result, count }) => [`${job} ${result}`, count]));
    expect(counts.get('compile done')).toBe(2);
    expect(counts.get('graph done')).toBe(2);
    expect(counts.get('compile refused')).toBe(1);
  } finally {
    await workers.close();
  }
});

test('a folder that is gone is no defect', async () => {
  const workers = openWorkers({ ...WORK_LIMITS, threads: 1 });
  try {
    await expect(makeReady(openFolder('/nowhere/at/all', workers))).resolves.toBeUndefined();
  } finally {
    await workers.close();
  }
});

test('a file that a thread is at is not compiled by another one meanwhile, and others go first', async () => {
  await using site = await openSite({ 'small.yaml': SMALL });
  await site.write('large.yaml', large(3000));
  const workers = openWorkers({ ...WORK_LIMITS, threads: 2 });
  try {
    const order: string[] = [];
    const ask = async (name: string): Promise<string> => {
      const text = await workers.run({ folder: site.folder, name, job: 'graph', input: null });
      order.push(name);
      return text;
    };
    const [one, two] = await Promise.all([ask('large.yaml'), ask('large.yaml'), ask('small.yaml')]);
    expect(order).toEqual(['small.yaml', 'large.yaml', 'large.yaml']);
    expect(two).toBe(one);
  } finally {
    await workers.close();
  }
});

test('a graph is written anew when its file has changed', async () => {
  await using site = await openSite({ 'small.yaml': SMALL });
  const client = await site.client();
  const read = async (): Promise<string> =>
    JSON.stringify(await client('GET /api/topologies/:name/graph', { params: { name: 'small.yaml' } }));
  const before = await read();
  expect(await read()).toBe(before);
  await site.write('small.yaml', SMALL.replace('topology: ', 'topology: other-'));
  expect(await read()).toContain('"topology":"other-');
});

test('what the build has compressed is handed out so to those who take it', async () => {
  await using site = await openSite();
  const cookie = await site.signIn();
  await writeFile(join(site.folder, '../page/assets/app-1a2b.js.gz'), gzipSync('export {};'));
  const url = '/assets/app-1a2b.js';
  const packed = await site.ask({ url, headers: { cookie, 'accept-encoding': 'gzip, br' } });
  expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
  expect(packed.headers['content-type']).toMatch(/^(text|application)\/javascript/);
  expect(packed.headers['cache-control']).toContain('immutable');
  const plain = await site.ask({ url, headers: { cookie } });
  expect(plain.headers['content-encoding']).toBeUndefined();
  expect(plain.body).toBe('export {};');
});
