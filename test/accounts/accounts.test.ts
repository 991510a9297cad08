import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Accounts, SignedIn } from '../../server/accounts/accounts.ts';
import { openAccounts } from '../../server/accounts/accounts.ts';
import { networkOf } from '../../server/accounts/lockout.ts';
import { createPasswords, TooManySignIns, USUAL_COST } from '../../server/accounts/password.ts';

const CHEAP = { memory: 8, passes: 1, parallelism: 1 };
const GOOD = 'correct horse battery';
const MINUTE = 60_000;

let folder = '';
let now = 0;
let accounts: Accounts;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trunkline-accounts-'));
  now = Date.parse('2026-06-01T12:00:00Z');
  accounts = await openAccounts(folder, { cost: CHEAP, now: () => now });
});
afterEach(async () => {
  await accounts.close();
  await rm(folder, { recursive: true });
});

interface Try {
  readonly address?: string;
  readonly device?: string;
  readonly next?: string;
}

function signIn(name: string, password: string, { address = '192.0.2.1', device, next }: Try = {}): Promise<SignedIn> {
  return accounts.signIn({ name, password, address, device, next });
}

test('a password is kept as argon2id with its parameters, and made anew when they change', async () => {
  await accounts.users.add('ann', 'plan', GOOD, false);
  const kept = (): string => {
    const database = new DatabaseSync(join(folder, 'accounts.sqlite'));
    const row = database.prepare(`select hash from users where name = 'ann'`).get();
    database.close();
    return String(row?.['hash']);
  };
  const first = kept();
  expect(first).toMatch(/^\$argon2id\$v=19\$m=8,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect((await signIn('ann', GOOD)).type).toBe('in');
  expect(kept()).toBe(first);
  await accounts.close();
  accounts = await openAccounts(folder, { cost: { ...CHEAP, memory: 16 }, now: () => now });
  expect((await signIn('ann', `${GOOD}!`)).type).toBe('wrong');
  expect(kept()).toBe(first);
  expect((await signIn('ann', GOOD)).type).toBe('in');
  expect(kept()).toMatch(/^\$argon2id\$v=19\$m=16,t=1,p=1\$/);
  expect((await signIn('ann', GOOD)).type).toBe('in');
});

test('the usual parameters are those of RFC 9106, and the tag is that of its reference', async () => {
  const passwords = createPasswords(USUAL_COST);
  const hash = await passwords.hash(GOOD);
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=4\$/);
  expect(await passwords.verify(GOOD, hash)).toBe(true);
  expect(await passwords.verify(`${GOOD} `, hash)).toBe(false);
  // From the tests of the reference implementation.
  const reference = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
  expect(await passwords.verify('password', reference)).toBe(true);
  expect(await passwords.verify('Password', reference)).toBe(false);
});

test('what people type is the same however it is composed, and too short or plain ones are refused', async () => {
  await accounts.users.add('ann', 'view', 'na\u00efve caf\u00e9 am Eck', false);
  expect((await signIn('ann', 'nai\u0308ve cafe\u0301 am Eck')).type).toBe('in');
  for (const password of ['', 'short', 'a'.repeat(30), 'my name is annette', 'x'.repeat(257)])
    await expect(accounts.users.add('annette', 'view', password, false)).rejects.toMatchObject({ kind: 'usage' });
  for (const name of ['', 'Ann', 'a b', '../x', '-x', 'a'.repeat(65), 'é', 'a\nb'])
    await expect(accounts.users.add(name, 'view', GOOD, false)).rejects.toMatchObject({ kind: 'usage' });
});

test('names that are not there take the same work: one computation, the same writes, the same answer', async () => {
  await accounts.users.add('ann', 'view', GOOD, false);
  const work = async (name: string): Promise<readonly unknown[]> => {
    const before = accounts.passwords.computed;
    const results: unknown[] = [];
    for (let each = 0; each < 8; each += 1)
      results.push(await signIn(name, 'not that', { address: `192.0.2.${String(name.length)}` }));
    return [...results, accounts.passwords.computed - before];
  };
  const there = await work('ann');
  expect(await work('nobody')).toEqual(there);
  // Four are free; the rest has to wait, for one as for the other.
  expect(there.slice(3, 6)).toEqual([{ type: 'wrong' }, { type: 'wait', ms: 1000 }, { type: 'wait', ms: 1000 }]);
  expect(there.at(-1)).toBe(4);
});

test('whoever guesses waits longer and longer, and never longer than a quarter of an hour', async () => {
  await accounts.users.add('ann', 'view', GOOD, false);
  const waits: number[] = [];
  for (let each = 0; each < 16; each += 1) {
    const result = await signIn('ann', 'not that');
    if (result.type !== 'wait') continue;
    waits.push(result.ms);
    // The right one has to wait as well: otherwise the wait would tell.
    expect((await signIn('ann', GOOD)).type).toBe('wait');
    now += result.ms;
    expect((await signIn('ann', 'not that')).type).toBe('wrong');
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900].map((seconds) => seconds * 1000));
  // From elsewhere nothing of it is felt, and time heals it here.
  expect((await signIn('ann', GOOD, { address: '192.0.2.2' })).type).toBe('in');
  now += 15 * MINUTE;
  expect((await signIn('ann', GOOD)).type).toBe('in');
});

test('a hundred at once are not a hundred guesses', async () => {
  await accounts.users.add('ann', 'view', GOOD, false);
  const results = await Promise.all(Array.from({ length: 20 }, () => signIn('ann', 'not that')));
  expect(results.filter(({ type }) => type === 'wrong').length).toBeLessThanOrEqual(20);
  expect(accounts.passwords.computed).toBeLessThanOrEqual(1 + 20);
  expect((await signIn('ann', GOOD)).type).toBe('wait');
});

test('nobody can keep everybody out: a browser that is known goes on', async () => {
  await accounts.users.add('ann', 'view', GOOD, false);
  const first = await signIn('ann', GOOD);
  if (first.type !== 'in' || first.device === null) throw new Error('no device');
  const { device } = first;
  // From the same address with many names, and from many addresses with hers.
  for (let each = 0; each < 40; each += 1) await signIn(`name${String(each)}`, 'not that');
  for (let each = 0; each < 120; each += 1) await signIn('ann', 'not that', { address: `198.51.100.${String(each)}` });
  expect((await signIn('bob', 'not that')).type).toBe('wait');
  expect((await signIn('ann', GOOD, { address: '203.0.113.1' })).type).toBe('wait');
  expect(await signIn('ann', GOOD, { device })).toMatchObject({ type: 'in', device: null });
  // It is hers alone, and does not let anybody guess.
  expect((await signIn('bob', 'not that', { device })).type).toBe('wait');
  for (let each = 0; each < 4; each += 1) await signIn('ann', 'not that', { device });
  expect((await signIn('ann', GOOD, { device })).type).toBe('wait');
  // A new browser waits a minute at most for what others do with her name.
  now += MINUTE;
  expect((await signIn('ann', GOOD, { address: '203.0.113.1' })).type).toBe('in');
});

test('whoever has a network of IPv6 has one address', () => {
  expect(networkOf('2001:db8::1')).toBe('2001:db8:0:0::/64');
  expect(networkOf('2001:0db8:0:0:ffff::2')).toBe('2001:db8:0:0::/64');
  expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
  expect(networkOf('::1')).toBe('0:0:0:0::/64');
  expect(networkOf('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(networkOf('192.0.2.1')).toBe('192.0.2.1');
});

test('a password that somebody else knows is changed before it opens anything', async () => {
  await accounts.users.add('ann', 'view', GOOD, true);
  expect(await signIn('ann', GOOD)).toEqual({ type: 'change' });
  expect(await signIn('ann', GOOD, { next: GOOD })).toEqual({ type: 'change' });
  await expect(signIn('ann', GOOD, { next: 'short' })).rejects.toMatchObject({ kind: 'usage' });
  expect(await signIn('ann', GOOD, { next: 'another horse battery' })).toMatchObject({ type: 'in' });
  expect((await signIn('ann', GOOD)).type).toBe('wrong');
  expect((await signIn('ann', 'another horse battery')).type).toBe('in');
});

test('somebody stays who can say who may', async () => {
  const { users } = accounts;
  await users.add('ann', 'admin', GOOD, false);
  await users.add('bob', 'view', GOOD, false);
  await expect(users.remove('ann')).rejects.toMatchObject({ kind: 'obstacle' });
  await expect(users.setRole('ann', 'apply')).rejects.toMatchObject({ kind: 'obstacle' });
  await users.setRole('bob', 'admin');
  await users.remove('ann');
  await expect(users.remove('ann')).rejects.toMatchObject({ message: 'There is no user ann' });
  await users.remove('bob');
  expect(await accounts.hasUsers()).toBe(false);
});

test('with a user go the sessions and tokens, and with a password that is set by another one', async () => {
  const { users, sessions, tokens } = accounts;
  await users.add('ann', 'admin', GOOD, false);
  await users.add('bob', 'admin', GOOD, false);
  const begin = async () => {
    const session = await sessions.begin({ user: 'ann', address: '192.0.2.1', agent: 'test' });
    const token = await tokens.create({
      user: 'ann',
      label: 'x',
      role: 'view',
      topologies: null,
      expires: now + MINUTE,
    });
    return { session, token: token.secret };
  };
  const live = async ({ session, token }: { session: string; token: string }) => [
    (await sessions.find(session)) !== undefined,
    (await tokens.find(token)) !== undefined,
  ];
  const first = await begin();
  expect(await live(first)).toEqual([true, true]);
  const id = (await sessions.find(first.session))?.id ?? '';
  await users.setPassword('ann', `${GOOD} 2`, { temporary: false, keepTokens: true, keep: id });
  expect(await live(first)).toEqual([true, true]);
  await users.setPassword('ann', `${GOOD} 3`, { temporary: true, keepTokens: false });
  expect(await live(first)).toEqual([false, false]);
  const second = await begin();
  await users.remove('ann');
  expect(await live(second)).toEqual([false, false]);
});

test('sessions of a link end with their server', async () => {
  const other = await openAccounts(folder, { cost: CHEAP, now: () => now });
  const secret = await accounts.sessions.begin({ user: null, address: '127.0.0.1', agent: '' });
  expect(await accounts.sessions.find(secret)).toBeDefined();
  expect(await other.sessions.find(secret)).toBeUndefined();
  await other.close();
  expect(await accounts.sessions.find(secret)).toBeDefined();
});

test('nothing secret is in the files, which are for their owner alone', async () => {
  const { users, sessions, tokens } = accounts;
  await users.add('ann', 'admin', GOOD, false);
  const session = await sessions.begin({ user: 'ann', address: '192.0.2.1', agent: 'test' });
  const { secret } = await tokens.create({
    user: 'ann',
    label: 'x',
    role: 'view',
    topologies: null,
    expires: now + MINUTE,
  });
  const signed = await signIn('ann', GOOD);
  await signIn('MyPassword!', GOOD);
  const device = signed.type === 'in' ? (signed.device ?? '') : '';
  expect(device).not.toBe('');
  for (const file of ['accounts.sqlite', 'attempts.sqlite']) {
    const path = join(folder, file);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const bytes = (await readFile(path)).toString('latin1');
    for (const each of [session, secret, secret.slice(3), device, GOOD, 'MyPassword!'])
      expect(bytes).not.toContain(each);
  }
});

test('so many wait for a computation, and no more', async () => {
  const passwords = createPasswords({ memory: 4096, passes: 1, parallelism: 1 });
  const asked = await Promise.allSettled(Array.from({ length: 50 }, () => passwords.verify('x', null)));
  const refused = asked.filter((each) => each.status === 'rejected').map(({ reason }) => reason as unknown);
  expect(refused).toHaveLength(50 - 34);
  expect(refused.every((each) => each instanceof TooManySignIns)).toBe(true);
  expect(passwords.computed).toBe(34);
  expect(await passwords.verify('x', null)).toBe(false);
});
