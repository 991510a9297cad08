import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { attemptsPath, openAttempts } from '../../server/accounts/attempts.ts';

let folder = '';
let written = '';
beforeAll(async () => {
  written = await mkdtemp(join(tmpdir(), 'trunkline-attempts-'));
  await write(written);
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trunkline-attempts-'));
});
afterEach(() => rm(folder, { recursive: true }));
afterAll(() => rm(written, { recursive: true }));

const ENTRIES = 12;

async function write(into: string): Promise<void> {
  const attempts = await openAttempts(into, Date.now);
  for (let number = 1; number <= ENTRIES; number += 1) {
    const tells = { what: 'POST /api/x', which: { number: String(number) }, address: '192.0.2.1' };
    await attempts.add({ id: `a${String(number)}`, who: 'ann', event: 'asked', tells });
  }
  await attempts.close();
}

/** Deterministic: what is done to which entry follows from the number of the case. */
const EDITS: readonly ((entry: number) => string)[] = [
  (entry) => `update entries set who = 'bob' where number = ${String(entry)}`,
  (entry) => `update entries set at = '2026-01-01T00:00:00.000Z' where number = ${String(entry)}`,
  (entry) => `update entries set event = 'refused' where number = ${String(entry)}`,
  (entry) => `update entries set body = replace(body, '192.0.2.1', '192.0.2.2') where number = ${String(entry)}`,
  (entry) => `update entries set run = 'other' where number = ${String(entry)}`,
  (entry) =>
    `update entries set hash = (select hash from entries where number = 1 + ${String(entry % ENTRIES)}) where number = ${String(entry)}`,
  (entry) => `delete from entries where number = ${String(entry)}`,
  (entry) => `delete from entries where number >= ${String(entry)}`,
  (entry) =>
    `delete from entries where number = ${String(entry)}; update entries set number = number - 1 where number > ${String(entry)}`,
  (entry) =>
    `insert into entries select 13, at, who, run, event, body, hash from entries where number = ${String(entry)}`,
];

test.each(Array.from({ length: 50 }, (_, index) => index))(
  'a log that was edited by hand shows it: case %i',
  async (index) => {
    await cp(written, folder, { recursive: true });
    const edit = EDITS[index % EDITS.length]?.(1 + ((index * 7) % ENTRIES)) ?? '';
    const database = new DatabaseSync(attemptsPath(folder));
    database.exec(edit);
    database.close();
    const attempts = await openAttempts(folder, Date.now);
    const found = [await attempts.log.brokenAt(), ...(await attempts.log.cutOff())].filter((each) => each !== null);
    expect(found.length, edit).toBeGreaterThan(0);
    await attempts.close();
  },
);

test('a log that nobody touched is whole, and a part of it too', async () => {
  await cp(written, folder, { recursive: true });
  const attempts = await openAttempts(folder, Date.now);
  expect(await attempts.log.brokenAt()).toBe(null);
  expect(await attempts.log.cutOff()).toEqual([]);
  const last = await attempts.log.last(5);
  expect(last.entries.map(({ number }) => number)).toEqual([8, 9, 10, 11, 12]);
  expect(last.brokenAt).toBe(null);
  const before = await attempts.log.last(5, 8);
  expect(before.entries.map(({ number }) => number)).toEqual([3, 4, 5, 6, 7]);
  await attempts.close();
  const database = new DatabaseSync(attemptsPath(folder));
  database.exec(`update entries set who = 'bob' where number = 9`);
  database.close();
  const again = await openAttempts(folder, Date.now);
  expect((await again.log.last(5)).brokenAt).toBe(9);
  expect((await again.log.last(5, 8)).brokenAt).toBe(null);
  await again.close();
});

test('a flood of refusals is a few entries, and says how many they were', async () => {
  let now = 0;
  const attempts = await openAttempts(folder, () => now);
  const refuse = (address: string): Promise<void> =>
    attempts.addSparingly({ id: 'x', who: '?', event: 'refused', tells: { what: 'GET /', address, status: 401 } });
  for (let each = 0; each < 1000; each += 1) await refuse('192.0.2.1');
  expect(await attempts.log.entries()).toHaveLength(1);
  now = 60_000;
  await refuse('192.0.2.2');
  const bodies = (await attempts.log.entries()).map(({ body }) => body);
  expect(bodies).toMatchObject([
    { address: '192.0.2.1' },
    { address: '192.0.2.1', more: 999 },
    { address: '192.0.2.2' },
  ]);
  // From everywhere at once: the first five hundred, and the rest as one.
  for (let each = 0; each < 2000; each += 1) await refuse(`10.0.${String(each >> 8)}.${String(each & 255)}`);
  expect((await attempts.log.entries()).length).toBeLessThan(520);
  await attempts.close();
});

/** Many more than it may have: what is left is whole, and says what went. */
async function writeLong(into: string, entries: number): Promise<void> {
  const attempts = await openAttempts(into, Date.now, { most: 20, keep: 12 });
  for (let number = 1; number <= entries; number += 1)
    await attempts.add({ id: `a${String(number)}`, who: 'ann', event: 'asked', tells: { what: 'POST /api/x' } });
  await attempts.close();
}

test('a log that grows is cut at its beginning, again and again, and what is left is whole', async () => {
  await writeLong(folder, 200);
  const attempts = await openAttempts(folder, Date.now);
  const entries = await attempts.log.entries();
  expect(entries.length).toBeLessThanOrEqual(20 + 8);
  const [first] = entries;
  expect(first?.number).toBeGreaterThan(100);
  expect(entries.map(({ number }) => number)).toEqual(entries.map((_, index) => (first?.number ?? 0) + index));
  const cuts = entries.filter(({ event }) => event === 'cut').map(({ body }) => body);
  expect(cuts.at(-1)).toMatchObject({ through: (first?.number ?? 0) - 1 });
  expect(await attempts.log.brokenAt()).toBe(null);
  expect(await attempts.log.cutOff()).toEqual([]);
  // A page of it, and one that begins with the first that is left.
  expect((await attempts.log.last(5)).brokenAt).toBe(null);
  expect(await attempts.log.last(100, (first?.number ?? 0) + 3)).toMatchObject({ brokenAt: null });
  await attempts.close();
});

test('every entry of a log that was cut shows when it is edited or taken out, the first as well as the one that tells of the cut', async () => {
  await writeLong(folder, 30);
  const path = attemptsPath(folder);
  const look = async (): Promise<readonly unknown[]> => {
    const attempts = await openAttempts(folder, Date.now);
    const found = [await attempts.log.brokenAt(), ...(await attempts.log.cutOff())].filter((each) => each !== null);
    await attempts.close();
    return found;
  };
  expect(await look()).toEqual([]);
  const whole = new DatabaseSync(path);
  const numbers = whole
    .prepare('select number from entries order by number')
    .all()
    .map((row) => Number(row['number']));
  whole.exec('create table kept as select * from entries');
  whole.close();
  for (const number of numbers) {
    for (const edit of [
      `update entries set who = 'bob' where number = ${String(number)}`,
      `update entries set body = replace(body, 'a', 'b') where number = ${String(number)}`,
      `delete from entries where number = ${String(number)}`,
      `delete from entries where number <= ${String(number)}`,
    ]) {
      const database = new DatabaseSync(path);
      database.exec(edit);
      database.close();
      expect((await look()).length, edit).toBeGreaterThan(0);
      const restored = new DatabaseSync(path);
      restored.exec('delete from entries; insert into entries select * from kept');
      restored.close();
    }
  }
  expect(await look()).toEqual([]);
});

test('a log that somebody edited is not cut: what he did stays to be seen', async () => {
  await writeLong(folder, 18);
  const database = new DatabaseSync(attemptsPath(folder));
  database.exec(`update entries set who = 'bob' where number = 4`);
  database.close();
  await writeLong(folder, 40);
  const attempts = await openAttempts(folder, Date.now);
  expect(await attempts.log.brokenAt()).toBe(4);
  expect(await attempts.log.entries()).toHaveLength(58);
  await attempts.close();
});
