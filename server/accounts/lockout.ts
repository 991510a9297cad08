/**
 * How long somebody has to wait after sign-ins that failed. Counted are the name and the address together, the address, and the name;
 * where a browser shows that its user signed in with it before, it alone. So whoever guesses waits longer and longer, and cannot
 * keep a person out who comes with a known browser; no wait is longer than a quarter of an hour. Names that are not there are
 * counted like others.
 */
import { isIPv6 } from 'node:net';
import type { AccountDatabase } from './database.ts';
import { digestOf, newSecret } from './secrets.ts';

export interface Lockout {
  /** Milliseconds to wait; 0: go on, and it counts as failed until it is said to have succeeded. */
  begin(attempt: SignInAttempt): Promise<number>;
  succeeded(attempt: SignInAttempt): Promise<void>;
  /** Whether somebody signed in with that browser before. */
  knows(name: string, device: string): Promise<boolean>;
  /** Makes the browser known: the secret for its cookie. */
  remember(user: string): Promise<string>;
  /** Forgets all that failed: which names and addresses they were cannot be told from their digests. */
  unlockAll(): Promise<void>;
}

export interface SignInAttempt {
  readonly name: string;
  readonly address: string;
  /** What the browser shows, where it does. */
  readonly device: string | undefined;
}

interface Limit {
  readonly key: string;
  /** So many may fail before there is any wait. */
  readonly free: number;
  readonly longestMs: number;
}

const MINUTE_MS = 60_000;
const FORGOTTEN_MS = 24 * 60 * MINUTE_MS;
const MOST_ROWS = 20_000;
const DEVICES_OF_A_USER = 20;
const DEVICE_MS = 180 * 24 * 60 * MINUTE_MS;

export function createLockout(database: AccountDatabase, now: () => number): Lockout {
  const limitsOf = async ({ name, address, device }: SignInAttempt): Promise<readonly Limit[]> => {
    const long = { free: 4, longestMs: 15 * MINUTE_MS };
    if (device !== undefined && (await isKnown(name, device))) return [{ key: keyOf('device', name, device), ...long }];
    const from = networkOf(address);
    return [
      { key: keyOf('pair', name, from), ...long },
      { key: keyOf('address', from), free: 30, longestMs: 15 * MINUTE_MS },
      { key: keyOf('name', name), free: 100, longestMs: MINUTE_MS },
    ];
  };
  const isKnown = async (name: string, device: string): Promise<boolean> => {
    const row = await database
      .selectFrom('devices')
      .select('seen')
      .where('digest', '=', digestOf(device))
      .where('user', '=', name)
      .executeTakeFirst();
    return row !== undefined && row.seen > now() - DEVICE_MS;
  };
  const waitFor = async ({ key, free, longestMs }: Limit): Promise<number> => {
    const row = await database.selectFrom('failures').selectAll().where('key', '=', key).executeTakeFirst();
    if (row === undefined || row.count < free) return 0;
    const wholeMs = Math.min(longestMs, 1000 * 2 ** Math.min(row.count - free, 20));
    return Math.max(0, row.last + wholeMs - now());
  };
  const count = async (limits: readonly Limit[]): Promise<void> => {
    await database
      .insertInto('failures')
      .values(limits.map(({ key }) => ({ key, count: 1, last: now() })))
      .onConflict((conflict) =>
        conflict.column('key').doUpdateSet((row) => ({ count: row('failures.count', '+', 1), last: now() })),
      )
      .execute();
  };
  const prune = async (): Promise<void> => {
    await database
      .deleteFrom('failures')
      .where('last', '<', now() - FORGOTTEN_MS)
      .execute();
    const { rows } = await database
      .selectFrom('failures')
      .select((select) => select.fn.countAll<number>().as('rows'))
      .executeTakeFirstOrThrow();
    if (rows <= MOST_ROWS) return;
    const oldest = database
      .selectFrom('failures')
      .select('key')
      .orderBy('last')
      .limit(rows - MOST_ROWS);
    await database.deleteFrom('failures').where('key', 'in', oldest).execute();
  };
  return {
    async begin(attempt) {
      const limits = await limitsOf(attempt);
      const waits: number[] = [];
      for (const limit of limits) waits.push(await waitFor(limit));
      const wait = Math.max(...waits);
      if (wait > 0) return wait;
      await prune();
      // Counted before it is known how it ends: otherwise a hundred at once would all be free.
      await count(limits);
      return 0;
    },
    async succeeded(attempt) {
      const [own, ...others] = (await limitsOf(attempt)).map(({ key }) => key);
      if (own !== undefined) await database.deleteFrom('failures').where('key', '=', own).execute();
      if (others.length === 0) return;
      await database
        .updateTable('failures')
        .set((row) => ({ count: row('count', '-', 1) }))
        .where('key', 'in', others)
        .execute();
    },
    knows: isKnown,
    async remember(user) {
      const secret = newSecret();
      await database
        .insertInto('devices')
        .values({ digest: digestOf(secret), user, seen: now() })
        .execute();
      const kept = database
        .selectFrom('devices')
        .select('digest')
        .where('user', '=', user)
        .orderBy('seen', 'desc')
        .limit(DEVICES_OF_A_USER);
      await database.deleteFrom('devices').where('user', '=', user).where('digest', 'not in', kept).execute();
      return secret;
    },
    async unlockAll() {
      await database.deleteFrom('failures').execute();
    },
  };
}

function keyOf(...parts: readonly string[]): string {
  return digestOf(parts.map((part) => JSON.stringify(part)).join(' '));
}

/** Whoever has one address of IPv6 has 2^64 of them. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return `${[...before, ...zeros, ...after]
    .slice(0, 4)
    .map((each) => each.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
