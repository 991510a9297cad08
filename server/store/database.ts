import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue } from 'node:sqlite';
import { Kysely, SqliteDialect } from 'kysely';
import type { SqliteDatabase } from 'kysely';

/** A database in one file, which only its owner can read. Made where it is not there yet. */
export function openDatabase<Tables>(path: string): Kysely<Tables> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
  const database = new DatabaseSync(path, { timeout: 10_000 });
  // On the disk before anything is done that it tells of.
  database.exec('PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL');
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database: asKyselyExpects(database) }) });
}

function asKyselyExpects(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => {
      database.close();
    },
    prepare: (sql) => {
      const statement = database.prepare(sql);
      const values = (parameters: readonly unknown[]): SQLInputValue[] => [...(parameters as readonly SQLInputValue[])];
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...values(parameters)),
        run: (parameters) => statement.run(...values(parameters)),
        iterate: (parameters) => statement.iterate(...values(parameters)),
      };
    },
  };
}
