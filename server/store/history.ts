/**
 * The history of runs: entries that are only ever added, each with a hash over itself and the one before, so that an entry
 * that was changed, taken out or slipped in later shows. What was cut off at the end shows by a file beside it, which has the
 * number and hash of the last entry (`head.ts`): whoever changes both can still cut it off. A log with a bound is cut at its
 * beginning by itself, so that it can be told from what somebody else did (`cut.ts`).
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { sql } from 'kysely';
import type { Generated, Kysely } from 'kysely';
import { Failure } from '../core/failure.ts';
import { canonicalJson } from '../core/json.ts';
import { beforeFirst, CUT } from './cut.ts';
import type { Before, Bound, CutBody } from './cut.ts';
import { openDatabase } from './database.ts';
import { headPath, lossOf, readHead, writeHead } from './head.ts';
import type { CutOff, Head } from './head.ts';

export interface Entry {
  /** Counted from 1 without a gap. */
  readonly number: number;
  /** ISO time. */
  readonly at: string;
  readonly who: string;
  readonly run: string;
  readonly event: string;
  /** What it tells, as JSON. */
  readonly body: unknown;
}

export interface History {
  append(entry: Omit<Entry, 'number'>): Promise<void>;
  /** In order; of one run, where it is named. */
  entries(run?: string): Promise<readonly Entry[]>;
  /** The same, without the plans that runs began with, and the files that they were asked for with: those are long. */
  outlines(run?: string): Promise<readonly Entry[]>;
  /** The last ones before a number, or at the end, in order; and which of them does not follow from the one before it. */
  last(count: number, before?: number): Promise<{ entries: readonly Entry[]; brokenAt: number | null }>;
  /** The number of the first entry that does not follow from the one before; `null`: the chain is whole, as far as it goes. */
  brokenAt(): Promise<number | null>;
  /** Where there are more than `most`, the oldest go, and an entry tells of it: `as` says by whom. Whether that was done. */
  cut(bound: Bound, as: Pick<Entry, 'at' | 'who' | 'run'>): Promise<boolean>;
  /** Entries that were there once, at the end, and are not any more. */
  cutOff(): Promise<readonly CutOff[]>;
  close(): Promise<void>;
}

interface EntryRow {
  readonly number: Generated<number>;
  readonly at: string;
  readonly who: string;
  readonly run: string;
  readonly event: string;
  readonly body: string;
  readonly hash: string;
}

interface Tables {
  entries: EntryRow;
}

const FORMAT = 1;

/** Throws `history` where it cannot be opened, or was written by a newer version. */
export async function openHistory(path: string): Promise<History> {
  const database = await guarded(path, async () => {
    const opened = openDatabase<Tables>(path);
    await prepare(opened, path);
    return opened;
  });
  return {
    append: (entry) => guarded(path, () => append(database, entry, path)),
    entries: (run) => guarded(path, () => entries(database, run)),
    outlines: (run) => guarded(path, () => outlines(database, run)),
    last: (count, before) => guarded(path, () => lastEntries(database, count, before)),
    cut: (bound, as) => guarded(path, () => cut(database, bound, as, path)),
    brokenAt: () => guarded(path, () => brokenAt(database)),
    cutOff: () => guarded(path, () => cutOff(database, path)),
    close: () => database.destroy(),
  };
}

/** The history where there is one; reading makes none. */
export async function findHistory(path: string): Promise<History | null> {
  // Where only the file beside it is left, somebody took the history away: that is something to tell.
  return existsSync(path) || existsSync(headPath(path)) ? openHistory(path) : null;
}

async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Failure) throw error;
    const said = error instanceof Error ? error.message : String(error);
    throw new Failure('history', 'The history of runs cannot be read or written', {
      detail: `${path}: ${said}`,
      toDo: [
        'Look at that file, its rights and the room on its disk. Nothing is changed on any host without a history.',
      ],
      cause: error,
    });
  }
}

async function prepare(database: Kysely<Tables>, path: string): Promise<void> {
  const { rows } = await sql<{ user_version: number }>`pragma user_version`.execute(database);
  const format = rows[0]?.user_version ?? 0;
  if (format > FORMAT)
    throw new Failure('history', 'The history of runs was written by a newer version of Trunkline', { detail: path });
  if (format === FORMAT) return;
  await database.schema
    .createTable('entries')
    .ifNotExists()
    .addColumn('number', 'integer', (column) => column.primaryKey())
    .addColumn('at', 'text', (column) => column.notNull())
    .addColumn('who', 'text', (column) => column.notNull())
    .addColumn('run', 'text', (column) => column.notNull())
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .execute();
  await database.schema.createIndex('entries_by_run').ifNotExists().on('entries').column('run').execute();
  await sql`pragma user_version = ${sql.lit(FORMAT)}`.execute(database);
}

async function append(database: Kysely<Tables>, entry: Omit<Entry, 'number'>, path: string): Promise<void> {
  await alone(database, path, (connection) => addEntry(connection, entry, path));
}

/** Nobody else adds an entry between looking at the last one and adding ours. `null`: nothing was added. */
async function alone(
  database: Kysely<Tables>,
  path: string,
  work: (connection: Kysely<Tables>) => Promise<Head | null>,
): Promise<boolean> {
  return database.connection().execute(async (connection) => {
    await sql`begin immediate`.execute(connection);
    try {
      const head = await work(connection);
      await sql`commit`.execute(connection);
      // Behind the entry: a power cut between the two must not look like a loss.
      if (head !== null) writeHead(path, head);
      return head !== null;
    } catch (error) {
      await sql`rollback`.execute(connection).catch(() => undefined);
      throw error;
    }
  });
}

async function addEntry(
  connection: Kysely<Tables>,
  { at, who, run, event, body }: Omit<Entry, 'number'>,
  path: string,
): Promise<Head> {
  const last = await connection
    .selectFrom('entries')
    .select(['number', 'hash'])
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  const row = { number: (last?.number ?? 0) + 1, at, who, run, event, body: bodyText(body) };
  const hash = hashOf(last?.hash ?? '', row);
  const known = readHead(path);
  const lost = await lossOf(known, last?.number ?? 0, (number) => hashAt(connection, number));
  await connection
    .insertInto('entries')
    .values({ ...row, hash })
    .execute();
  return { number: row.number, hash, lost: [...(known?.lost ?? []), ...lost] };
}

/** A log that does not follow from itself is left as it is: somebody has to look at it. */
async function cut(
  database: Kysely<Tables>,
  { most, keep }: Bound,
  as: Pick<Entry, 'at' | 'who' | 'run'>,
  path: string,
): Promise<boolean> {
  const tooLong = async (connection: Kysely<Tables>): Promise<{ first: number; last: number } | null> => {
    const ends = await connection
      .selectFrom('entries')
      .select(({ fn }) => [fn.min<number | null>('number').as('first'), fn.max<number | null>('number').as('last')])
      .executeTakeFirstOrThrow();
    const { first, last } = ends;
    return first === null || last === null || last - first + 1 <= most ? null : { first, last };
  };
  if ((await tooLong(database)) === null) return false;
  return alone(database, path, async (connection) => {
    const ends = await tooLong(connection);
    if (ends === null || (await brokenAt(connection)) !== null) return null;
    const through = ends.last - keep;
    const hash = await hashAt(connection, through);
    if (hash === undefined) return null;
    const body: CutBody = { what: 'oldest entries taken out', from: ends.first, through, hash };
    const head = await addEntry(connection, { ...as, event: CUT, body }, path);
    await connection.deleteFrom('entries').where('number', '<=', through).execute();
    return head;
  });
}

async function beforeRows(database: Kysely<Tables>, first: number): Promise<Before> {
  if (first === 1) return beforeFirst(first, []);
  const cuts = await database.selectFrom('entries').select('body').where('event', '=', CUT).execute();
  return beforeFirst(
    first,
    cuts.map(({ body }) => body),
  );
}

/** Keys sorted, as `OUTLINE` expects them, and what is behind them as it comes: a plan is long, and compared with nothing. */
function bodyText(body: unknown): string {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return canonicalJson(body);
  const members = Object.entries(body as Readonly<Record<string, unknown>>).filter(
    ([, member]) => member !== undefined,
  );
  const texts = members
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `"${key}":${JSON.stringify(member)}`);
  return `{${texts.join(',')}}`;
}

async function hashAt(database: Kysely<Tables>, number: number): Promise<string | undefined> {
  const row = await database.selectFrom('entries').select('hash').where('number', '=', number).executeTakeFirst();
  return row?.hash;
}

async function cutOff(database: Kysely<Tables>, path: string): Promise<readonly CutOff[]> {
  const known = readHead(path);
  const last = await database
    .selectFrom('entries')
    .select('number')
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return [...(known?.lost ?? []), ...(await lossOf(known, last?.number ?? 0, (number) => hashAt(database, number)))];
}

async function entries(database: Kysely<Tables>, run: string | undefined): Promise<readonly Entry[]> {
  const all = database.selectFrom('entries').selectAll().orderBy('number');
  const rows = await (run === undefined ? all : all.where('run', '=', run)).execute();
  return rows.map(({ hash: _hash, body, ...row }) => ({ ...row, body: JSON.parse(body) as unknown }));
}

/** Keys are sorted in a body; within a string of it a quote is escaped, so that the key is found and nothing else. */
const OUTLINE = sql<string>`case
  when event = 'begun' and instr(body, ',"made":{') > 0 and instr(body, ',"plan":') > 0
    then substr(body, 1, instr(body, ',"plan":') - 1) || '}'
  when event = 'asked' and instr(body, ',"files":') > 0 then substr(body, 1, instr(body, ',"files":') - 1) || '}'
  else body end`;

async function outlines(database: Kysely<Tables>, run: string | undefined): Promise<readonly Entry[]> {
  const all = database
    .selectFrom('entries')
    .select(['number', 'at', 'who', 'run', 'event', OUTLINE.as('body')])
    .orderBy('number');
  const rows = await (run === undefined ? all : all.where('run', '=', run)).execute();
  return rows.map(({ body, ...row }) => ({ ...row, body: JSON.parse(body) as unknown }));
}

async function lastEntries(
  database: Kysely<Tables>,
  count: number,
  before: number = Number.MAX_SAFE_INTEGER,
): Promise<{ entries: readonly Entry[]; brokenAt: number | null }> {
  // With the one that the first of them follows from.
  const query = database.selectFrom('entries').selectAll().where('number', '<', before).orderBy('number', 'desc');
  const rows = (await query.limit(count + 1).execute()).reverse();
  const from = rows.length > count ? rows.shift() : undefined;
  const entries = rows.map(({ hash: _hash, body, ...row }) => ({ ...row, body: JSON.parse(body) as unknown }));
  return { entries, brokenAt: firstBroken(rows, from ?? (await beforeRows(database, rows[0]?.number ?? 1))) };
}

async function brokenAt(database: Kysely<Tables>): Promise<number | null> {
  const rows = await database.selectFrom('entries').selectAll().orderBy('number').execute();
  return firstBroken(rows, await beforeRows(database, rows[0]?.number ?? 1));
}

function firstBroken(rows: readonly Row[], { number: from, hash }: Before): number | null {
  let before = hash;
  for (const [index, row] of rows.entries()) {
    if (row.number !== from + index + 1 || row.hash !== hashOf(before, row)) return from + index + 1;
    before = row.hash;
  }
  return null;
}

type Row = Omit<EntryRow, 'number'> & { readonly number: number };

function hashOf(before: string, row: Omit<EntryRow, 'hash' | 'number'> & { readonly number: number }): string {
  const { number, at, who, run, event, body } = row;
  const hash = createHash('sha256').update(canonicalJson([before, number, at, who, run, event]).slice(0, -1));
  hash.update(',"');
  // What a run begins with is long: as one text with all its quotes escaped it would take longer than all the rest.
  for (const piece of piecesOf(body)) hash.update(JSON.stringify(piece).slice(1, -1));
  return hash.update('"]').digest('hex');
}

const PIECE = 32_768;

/** Of two code units that are one character, both are in one piece. */
function* piecesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    let end = Math.min(text.length, at + PIECE);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last <= 0xdbff) end += 1;
    yield text.slice(at, end);
    at = end;
  }
}
