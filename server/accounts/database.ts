import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { Failure } from '../core/failure.ts';
import type { Role } from '../core/role.ts';
import { openDatabase } from '../store/database.ts';

/** Times are milliseconds since 1970. Of secrets there are digests only. */
export interface AccountTables {
  users: {
    readonly name: string;
    readonly role: Role;
    /** As PHC string: the parameters and the salt are in it. */
    readonly hash: string;
    /** 1: somebody else knows it, so that it has to be changed with the first sign-in. */
    readonly temporary: 0 | 1;
    readonly created: number;
    readonly changed: number;
  };
  sessions: {
    readonly id: string;
    readonly digest: string;
    /** `null`: opened by the link of a server, for as long as that one runs. */
    readonly user: string | null;
    readonly server: string | null;
    readonly created: number;
    readonly seen: number;
    readonly address: string;
    /** What the browser calls itself. */
    readonly agent: string;
  };
  tokens: {
    readonly id: string;
    readonly digest: string;
    readonly user: string;
    readonly label: string;
    readonly role: Role;
    /** JSON list; `null`: all. */
    readonly topologies: string | null;
    readonly created: number;
    readonly expires: number;
    readonly seen: number | null;
  };
  /** Sign-ins that failed, by what they are counted for, as digest: what people type into the wrong field is not kept. */
  failures: { readonly key: string; readonly count: number; readonly last: number };
  /** Browsers that somebody signed in with before. */
  devices: { readonly digest: string; readonly user: string; readonly seen: number };
}

export type AccountDatabase = Kysely<AccountTables>;

const FORMAT = 1;

const SCHEMA = [
  `create table users (name text primary key, role text not null, hash text not null, temporary integer not null,
    created integer not null, changed integer not null) strict`,
  `create table sessions (id text primary key, digest text not null unique, user text, server text, created integer not null,
    seen integer not null, address text not null, agent text not null) strict`,
  `create table tokens (id text primary key, digest text not null unique, user text not null, label text not null, role text not null,
    topologies text, created integer not null, expires integer not null, seen integer) strict`,
  `create table failures (key text primary key, count integer not null, last integer not null) strict`,
  `create table devices (digest text primary key, user text not null, seen integer not null) strict`,
];

/** Throws `history` where it cannot be read, or was written by a newer version. */
export async function openAccountDatabase(path: string): Promise<AccountDatabase> {
  try {
    const database = openDatabase<AccountTables>(path);
    await database.connection().execute((connection) => prepare(connection, path));
    return database;
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new Failure('history', 'The accounts cannot be read or written', {
      detail: `${path}: ${said}`,
      toDo: ['Look at that file, its owner, its rights and the room on its disk.'],
      cause,
    });
  }
}

async function prepare(connection: AccountDatabase, path: string): Promise<void> {
  await sql`begin immediate`.execute(connection);
  const { rows } = await sql<{ user_version: number }>`pragma user_version`.execute(connection);
  const format = rows[0]?.user_version ?? 0;
  if (format > FORMAT) {
    await sql`rollback`.execute(connection);
    throw new Failure('history', 'The accounts were written by a newer version of Trunkline', { detail: path });
  }
  if (format < FORMAT) {
    for (const statement of SCHEMA) await sql.raw(statement).execute(connection);
    await sql`pragma user_version = ${sql.lit(FORMAT)}`.execute(connection);
  }
  await sql`commit`.execute(connection);
}
