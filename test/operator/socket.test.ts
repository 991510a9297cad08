/** The operator's end of the socket: whatever comes in, only what there is gets through, and nothing of it becomes a path. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { hashOf } from '../../server/api/files.ts';
import { openOperator } from '../../server/operator/open.ts';
import { connectOperator } from '../../server/operator/socket/connect.ts';
import { openFrames } from '../../server/operator/socket/frames.ts';
import { MOST_ASKED_BYTES, OPERATIONS } from '../../server/operator/socket/operations.ts';
import { serveSocket } from '../../server/operator/socket/serve.ts';
import { openHistory } from '../../server/store/history.ts';
import type { History } from '../../server/store/history.ts';
import { historyPath } from '../../server/store/place.ts';

const TEXT = 'topology: small\nnetworks: { lan: { subnet: 10.1.1.0/24 } }\n';
const WHO = { name: 'ann' };

let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'trunkline-operator-'));
  folder = join(root, 'topologies');
  vi.stubEnv('XDG_STATE_HOME', join(root, 'state'));
  const { mkdir } = await import('node:fs/promises');
  await mkdir(folder);
  await writeFile(join(folder, 'small.yaml'), TEXT);
  await writeFile(join(root, 'secret.yaml'), TEXT);
  await writeFile(join(folder, 'key.pem'), 'secret');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true });
});

interface Wire {
  readonly web: Duplex;
  readonly ends: (string | null)[];
  readonly reports: Error[];
}

function wire(): Wire {
  const [web, own] = duplexPair();
  const ends: (string | null)[] = [];
  const reports: Error[] = [];
  const operator = openOperator({ folder, report: (error) => reports.push(error) });
  serveSocket(own, operator, {
    onReady: () => undefined,
    onFailed: () => undefined,
    onEnd: (reason) => ends.push(reason),
    report: (error) => reports.push(error),
  });
  return { web, ends, reports };
}

const connected = ({ web }: Wire) =>
  connectOperator(web, { newLink: () => 'http://127.0.0.1/open', onEnd: () => undefined });

/** What comes back to messages that no program of ours sends. */
function forge(messages: readonly unknown[], { web }: Wire): Promise<readonly unknown[]> {
  return new Promise((resolve) => {
    const answers: unknown[] = [];
    const frames = openFrames(web, {
      mostBytes: 1_000_000,
      onMessage: (message) => {
        if (answers.push(message) === messages.length) resolve(answers);
      },
      onEnd: () => {
        resolve(answers);
      },
    });
    for (const message of messages) frames.send(message);
  });
}

test('a file is read and saved by its name, where nobody else has written it', async () => {
  const operator = connected(wire());
  const read = await operator.readFile('small.yaml');
  expect(read?.text).toBe(TEXT);
  const next = `${TEXT}# more\n`;
  const saved = await operator.saveFile(WHO, 'small.yaml', { text: next, base: read?.hash ?? '' });
  expect(await readFile(join(folder, 'small.yaml'), 'utf8')).toBe(next);
  expect(saved).toMatchObject({ saved: true, hash: hashOf(next) });
  const late = await operator.saveFile(WHO, 'small.yaml', { text: TEXT, base: read?.hash ?? '' });
  expect(late).toEqual({ saved: false, present: { hash: hashOf(next), text: next } });
  expect(await readFile(join(folder, 'small.yaml'), 'utf8')).toBe(next);
  expect((await readdir(folder)).sort()).toEqual(['key.pem', 'small.yaml']);
});

test.each(['../secret.yaml', '/etc/passwd', 'key.pem', './small.yaml', 'small.yaml\0', 'none.yaml', '..', '-'])(
  'no name leads elsewhere: %j',
  async (name) => {
    const operator = connected(wire());
    expect(await operator.readFile(name)).toBeNull();
    expect(await operator.saveFile(WHO, name, { text: 'x', base: '0'.repeat(64) })).toBeNull();
    expect(await operator.parts(name)).toBeNull();
    const part = operator.saveFile(WHO, 'small.yaml', { part: name, text: 'x', base: '0'.repeat(64) });
    await expect(part).rejects.toMatchObject({ kind: 'file-unreadable' });
    expect(await operator.accepted(name)).toBeNull();
    const added = { finding: 'EXP-001', about: 'x', reason: 'x', until: '2027-01-01' };
    expect(await operator.accept(WHO, name, { added, version: null })).toBeNull();
    await expect(operator.plan(WHO, name, { lab: false })).rejects.toMatchObject({ kind: 'file-unreadable' });
  },
);

test('what is no operation, or is asked otherwise than agreed, is refused', async () => {
  const link = wire();
  const asks = [
    { id: 1, operation: 'exec', asked: ['id'] },
    { id: 2, operation: 'constructor', asked: [] },
    { id: 3, operation: '__proto__', asked: [] },
    { id: 4, operation: 'readFile', asked: [{ path: '/etc/shadow' }] },
    { id: 5, operation: 'readFile', asked: [] },
    { id: 6, operation: 'plan', asked: [WHO, 'small.yaml', { lab: false, access: 'ssh://evil' }] },
    { id: 7, operation: 'apply', asked: [WHO, 'small.yaml', { plan: { hosts: [] } }] },
    { id: 8, operation: 'confirm', asked: [WHO, '../../run'] },
    { id: 9, operation: 'run', asked: ['20260101T000000-0000; id'] },
    { id: 10, operation: 'saveFile', asked: [WHO, 'small.yaml', { text: 'x', base: 'not a hash' }] },
    { id: 11, operation: 'createFile', asked: [WHO, '../evil.yaml', 'topology: evil'] },
    { id: 12, operation: 'createFile', asked: [WHO, 'evil.sh', 'topology: evil'] },
    { id: 13, operation: 'createFile', asked: [WHO, '/etc/cron.d/evil.yaml', 'topology: evil'] },
    { id: 14, operation: 'accept', asked: [WHO, 'small.yaml', { added: {}, version: null, path: '/etc/passwd' }] },
  ];
  const answers = await forge(asks, link);
  expect(answers).toHaveLength(asks.length);
  for (const each of answers) expect(each).toMatchObject({ failure: { kind: 'usage' } });
  expect(link.reports).toEqual([]);
  expect(await readFile(join(folder, 'small.yaml'), 'utf8')).toBe(TEXT);
});

test.each([[null], ['text'], [[1]], [{ id: -1, operation: 'runs', asked: [] }], [{ id: 1, operation: 1, asked: [] }]])(
  'a message of another shape is refused: %j',
  async (message) => {
    expect(await forge([message], wire())).toMatchObject([{ failure: { kind: 'usage' } }]);
  },
);

test('a message that is too long, or is no JSON, ends the connection before it is read', async () => {
  for (const bytes of [
    lengthOf(MOST_ASKED_BYTES + 1),
    lengthOf(0xffffffff),
    Buffer.concat([lengthOf(2), Buffer.from('{x')]),
  ]) {
    const link = wire();
    link.web.write(bytes);
    await vi.waitFor(() => {
      expect(link.ends).toHaveLength(1);
    });
    expect(link.ends[0]).toContain('a message');
  }
});

function lengthOf(bytes: number): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes, 0);
  return length;
}

test('every operation says what it takes and what it answers', () => {
  for (const [name, { asked }] of Object.entries(OPERATIONS)) {
    // One argument more than it takes is refused by each.
    expect(asked.safeParse(Array.from({ length: 9 }, () => 'x')).success, name).toBe(false);
  }
});

test('a write that cannot be written down is not made', async () => {
  const operator = connected(wire());
  const read = await operator.readFile('small.yaml');
  // No folder can be made in what is a file.
  vi.stubEnv('XDG_STATE_HOME', join(root, 'secret.yaml'));
  const saved = operator.saveFile(WHO, 'small.yaml', { text: 'x', base: read?.hash ?? '' });
  await expect(saved).rejects.toMatchObject({ kind: expect.stringMatching(/history|internal/) as string });
  expect(await readFile(join(folder, 'small.yaml'), 'utf8')).toBe(TEXT);
});

test('a new file is made where there is none, never in the place of another; what is accepted is kept beside its topology', async () => {
  const operator = connected(wire());
  const made = await operator.createFile(WHO, 'next.yaml', TEXT);
  expect(made).toEqual({ hash: hashOf(TEXT) });
  await expect(operator.createFile(WHO, 'small.yaml', 'topology: other\n')).rejects.toMatchObject({ kind: 'obstacle' });
  expect(await readFile(join(folder, 'small.yaml'), 'utf8')).toBe(TEXT);
  const added = { finding: 'EXP-001', about: 'a', reason: 'agreed', until: '2027-01-01' };
  const after = await operator.accept(WHO, 'small.yaml', { added, version: null });
  expect(after).toMatchObject({ path: 'small.accepted.yaml' });
  expect(await operator.accepted('small.yaml')).toEqual(after);
  expect(await readFile(join(folder, 'small.accepted.yaml'), 'utf8')).toBe(after?.text);
  const late = operator.accept(WHO, 'small.yaml', { added, version: null });
  await expect(late).rejects.toMatchObject({ kind: 'stale-plan' });
});

test('what is written is in the history before, with who asked for it', async () => {
  const operator = connected(wire());
  await operator.createFile(WHO, 'next.yaml', TEXT);
  await using history = await historyOf();
  const entries = await history.entries();
  expect(entries.map(({ who, run, event }) => ({ who, run, event }))).toEqual([
    { who: expect.stringContaining('ann') as string, run: 'file:next.yaml', event: 'create asked' },
    { who: expect.stringContaining('ann') as string, run: 'file:next.yaml', event: 'created' },
  ]);
});

async function historyOf(): Promise<History & AsyncDisposable> {
  const history = await openHistory(historyPath());
  return { ...history, [Symbol.asyncDispose]: () => history.close() };
}
