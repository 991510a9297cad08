import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { headPath } from '../../server/store/head.ts';
import { findHistory, openHistory } from '../../server/store/history.ts';
import type { History } from '../../server/store/history.ts';
import { historyPath } from '../../server/store/place.ts';
import { recordedRuns } from '../../server/store/runs.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-history-'));
  path = join(folder, 'deep/history.sqlite');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function withHistory<T>(work: (history: History) => Promise<T>): Promise<T> {
  const history = await openHistory(path);
  try {
    return await work(history);
  } finally {
    await history.close();
  }
}

const AT = '2026-11-21T12:00:00.000Z';
const entry = (run: string, event: string, body: unknown): Parameters<History['append']>[0] => ({
  at: AT,
  who: 'ann@desk',
  run,
  event,
  body,
});
const begun = (run: string): Parameters<History['append']>[0] =>
  entry(run, 'begun', { topology: 'shop', file: '/etc/shop.yaml', hosts: { here: 'local' }, plan: {} });
const ended = (
  run: string,
  result: string,
  confirmed: boolean | null,
  until: string | null,
): Parameters<History['append']>[0] => entry(run, 'ended', { hosts: [{ host: 'here', result, confirmed, until }] });

async function fill(): Promise<void> {
  await withHistory(async (history) => {
    for (let number = 1; number <= 5; number += 1) await history.append(begun(`run-${String(number)}`));
  });
}

describe('the chain', () => {
  test('is of the same hashes however long an entry is, wherever its characters lie', async () => {
    const texts = Array.from({ length: 8 }, (_, shift) => `${'x'.repeat(32_755 + shift)}\u{1f600}"\\\ud83d`.repeat(3));
    await withHistory(async (history) => {
      for (const text of texts) await history.append(entry('run-1', 'begun', { text }));
    });
    const database = new DatabaseSync(path);
    const rows = database.prepare('select * from entries order by number').all();
    database.close();
    let before = '';
    for (const { number, at, who, run, event, body, hash } of rows) {
      const whole = JSON.stringify([before, number, at, who, run, event, body]);
      expect(hash).toBe(createHash('sha256').update(whole).digest('hex'));
      before = String(hash);
    }
    expect(rows).toHaveLength(texts.length);
    expect(await withHistory((history) => history.brokenAt())).toBeNull();
  });

  test('is whole as it was written, by whoever wrote it', async () => {
    await fill();
    await fill();
    expect(await withHistory((history) => history.brokenAt())).toBeNull();
    expect((await withHistory((history) => history.entries())).map(({ number }) => number)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ]);
  });

  test.each([
    ['an entry that was changed', `update entries set body = replace(body, 'shop', 'shed') where number = 3`, 3],
    ['a time that was changed', `update entries set at = '2020-01-01' where number = 2`, 2],
    ['a name that was changed', `update entries set who = 'bob@desk' where number = 4`, 4],
    ['an entry that was taken out', 'delete from entries where number = 2', 2],
    [
      'one taken out, and the rest counted anew',
      'delete from entries where number = 2; update entries set number = number - 1 where number > 2',
      2,
    ],
    [
      'one put in between',
      `update entries set number = -number where number > 3; update entries set number = 1 - number where number < 0;
       insert into entries select 4, at, who, run, event, body, hash from entries where number = 3`,
      4,
    ],
    [
      'two that changed places',
      `update entries set number = 9 where number = 2; update entries set number = 2 where number = 3; update entries set number = 3 where number = 9`,
      2,
    ],
  ])('tells of %s', async (_what, change, number) => {
    await fill();
    const database = new DatabaseSync(path);
    database.exec(change);
    database.close();
    expect(await withHistory((history) => history.brokenAt())).toBe(number);
  });

  const change = (sql: string): void => {
    const database = new DatabaseSync(path);
    database.exec(sql);
    database.close();
  };
  const cutOff = (): Promise<unknown> => withHistory((history) => history.cutOff());

  test('tells of what was cut off at its end, also when more was added since', async () => {
    await fill();
    expect(await cutOff()).toEqual([]);
    change('delete from entries where number > 3');
    expect(await withHistory((history) => history.brokenAt())).toBeNull();
    expect(await cutOff()).toEqual([{ from: 4, to: 5 }]);
    await fill();
    expect(await cutOff()).toEqual([{ from: 4, to: 5 }]);
    rmSync(path);
    expect(await withHistory((history) => history.cutOff())).toEqual([
      { from: 4, to: 5 },
      { from: 1, to: 8 },
    ]);
    expect(await findHistory(path)).not.toBeNull();
  });

  test('knows a last entry that took the place of another', async () => {
    await fill();
    const whole = readFileSync(headPath(path));
    change('delete from entries where number > 4');
    await withHistory((history) => history.append(begun('another')));
    writeFileSync(headPath(path), whole);
    expect(await withHistory((history) => history.brokenAt())).toBeNull();
    expect(await cutOff()).toEqual([{ from: 5, to: 5 }]);
  });

  test('takes no harm where the file beside it is not there, or older than the last entry', async () => {
    await fill();
    const older = readFileSync(headPath(path));
    await fill();
    writeFileSync(headPath(path), older);
    expect(await cutOff()).toEqual([]);
    rmSync(headPath(path));
    expect(await cutOff()).toEqual([]);
    writeFileSync(headPath(path), '{"numb');
    expect(await cutOff()).toEqual([]);
    await fill();
    expect(await cutOff()).toEqual([]);
  });

  test('holds when several write at once', async () => {
    const write = `
      import { openHistory } from ${JSON.stringify(join(import.meta.dirname, '../../server/store/history.ts'))};
      const history = await openHistory(${JSON.stringify(path)});
      for (let count = 0; count < 10; count += 1)
        await history.append({ at: '', who: '', run: String(process.pid), event: 'begun', body: {} });
      await history.close();`;
    await fill();
    const writers = [1, 2, 3].map(() =>
      spawn(process.execPath, ['--input-type=module', '-e', write], { stdio: ['ignore', 'ignore', 'inherit'] }),
    );
    const codes = await Promise.all(writers.map(async (writer) => (await once(writer, 'exit'))[0] as unknown));
    expect(codes).toEqual([0, 0, 0]);
    expect(await withHistory((history) => history.brokenAt())).toBeNull();
    expect(await cutOff()).toEqual([]);
    expect(await withHistory((history) => history.entries())).toHaveLength(35);
  });
});

describe('the file', () => {
  test('is for its owner only, and is made by writing, not by reading', async () => {
    expect(await findHistory(path)).toBeNull();
    await fill();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'deep')).mode & 0o777).toBe(0o700);
  });

  test('that is none, or a newer one, is refused and left as it is', async () => {
    writeFileSync(join(folder, 'other'), 'this is no database, and long enough to be looked at '.repeat(100));
    await expect(openHistory(join(folder, 'other'))).rejects.toMatchObject({ kind: 'history' });
    await fill();
    const database = new DatabaseSync(path);
    database.exec('pragma user_version = 2');
    database.close();
    await expect(openHistory(path)).rejects.toMatchObject({
      kind: 'history',
      message: expect.stringContaining('newer') as string,
    });
  });

  test('lies where the environment says', () => {
    expect(historyPath({ XDG_STATE_HOME: '/tmp/state' })).toBe('/tmp/state/trunkline/history.sqlite');
    expect(historyPath({ XDG_STATE_HOME: 'relative' })).toMatch(/^\/.*\/trunkline\/history\.sqlite$/);
  });
});

describe('runs', () => {
  const SOON = '2026-11-21T12:05:00.000Z';
  test.each([
    ['interrupted', []],
    ['applied', [ended('r', 'applied', null, null)]],
    ['confirmed', [ended('r', 'applied', true, null)]],
    ['undone', [ended('r', 'undone', null, null)]],
    ['failed', [ended('r', 'failed', null, null)]],
    ['pending', [ended('r', 'applied', false, SOON)]],
    ['confirmed', [ended('r', 'applied', false, SOON), entry('r', 'confirmed', { hosts: ['here'], problems: [] })]],
    ['undone', [ended('r', 'applied', false, SOON), entry('r', 'undone', { hosts: ['here'], problems: [] })]],
    ['undone', [entry('r', 'undone', { hosts: [], problems: [] })]],
  ])('%s', async (outcome, later) => {
    const [run] = await withHistory(async (history) => {
      for (const each of [begun('r'), ...later]) await history.append(each);
      return recordedRuns(history, new Date(AT));
    });
    expect(run).toMatchObject({ run: 'r', topology: 'shop', who: 'ann@desk', hosts: { here: 'local' }, outcome });
  });

  test('lapsed, when its time is over and nobody said a word', async () => {
    const [run] = await withHistory(async (history) => {
      await history.append(begun('r'));
      await history.append(ended('r', 'applied', false, SOON));
      return recordedRuns(history, new Date('2026-11-21T12:06:00.000Z'));
    });
    expect(run).toMatchObject({ outcome: 'lapsed', until: SOON });
  });
});

test('an outline has everything but the plan, whatever the other words look like', async () => {
  const made = { topology: 'shop', leaves: { here: 3 } };
  const hosts = { here: 'ssh://root@x,"plan":{"made":{' };
  const body = { topology: 'shop', file: '/tmp/",\\"plan\\":{}', hosts, made, plan: { hosts: [{ host: 'here' }] } };
  await withHistory(async (history) => {
    await history.append(entry('r', 'begun', body));
    await history.append(entry('old', 'begun', { topology: 'shop', file: null, hosts: {}, plan: {} }));
    const { topology: _topology, plan: _plan, ...outline } = body;
    expect((await history.outlines()).map((each) => each.body)).toEqual([
      outline,
      { topology: 'shop', file: null, hosts: {}, plan: {} },
    ]);
    expect(await recordedRuns(history, new Date(AT))).toMatchObject([
      { topology: 'shop', hosts, leaves: { here: 3 } },
      { topology: 'shop', leaves: null },
    ]);
  });
});
