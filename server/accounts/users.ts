import { Failure } from '../core/failure.ts';
import type { Role } from '../core/role.ts';
import type { AccountDatabase } from './database.ts';
import type { Passwords } from './password.ts';
import { requirePassword } from './password.ts';

/** Somebody who may sign in. */
export interface Account {
  readonly name: string;
  readonly role: Role;
  /** Somebody else knows the password: it is changed with the first sign-in. */
  readonly temporary: boolean;
  readonly created: number;
  /** When the password was set. */
  readonly changed: number;
}

export interface Users {
  /** By name. */
  list(): Promise<readonly Account[]>;
  find(name: string): Promise<Account | undefined>;
  /** Throws `usage` where the name or the password will not do. */
  add(name: string, role: Role, password: string, temporary: boolean): Promise<void>;
  /** Ends the sessions and the tokens, too. */
  remove(name: string): Promise<void>;
  setRole(name: string, role: Role): Promise<void>;
  /** Ends all sessions but one; tokens as well, where somebody else sets it. */
  setPassword(
    name: string,
    password: string,
    how: { temporary: boolean; keepTokens: boolean; keep?: string },
  ): Promise<void>;
  /** One computation, for names that are not there as well. */
  verify(name: string, password: string): Promise<Account | undefined>;
}

const NAME = /^[a-z0-9][a-z0-9._@+-]{0,63}$/;

export function createUsers(database: AccountDatabase, passwords: Passwords, now: () => number): Users {
  const find = async (name: string): Promise<(Account & { readonly hash: string }) | undefined> => {
    const row = await database.selectFrom('users').selectAll().where('name', '=', name).executeTakeFirst();
    return row && { ...row, temporary: row.temporary === 1 };
  };
  const require = async (name: string): Promise<Account> => (await find(name)) ?? unknown(name);
  const endAll = async (name: string, { tokens, keep }: { tokens: boolean; keep?: string }): Promise<void> => {
    await database
      .deleteFrom('sessions')
      .where('user', '=', name)
      .where('id', '!=', keep ?? '')
      .execute();
    if (tokens) await database.deleteFrom('tokens').where('user', '=', name).execute();
    await database.deleteFrom('devices').where('user', '=', name).execute();
  };
  /** The last one who can say who may. */
  const requireOtherAdmin = async (name: string): Promise<void> => {
    const all = await database.selectFrom('users').select(['name', 'role']).execute();
    const others = all.filter((each) => each.name !== name);
    if (!others.some(({ role }) => role === 'admin'))
      throw new Failure('obstacle', `${name} is the last one with the role admin`, {
        detail: 'Nobody could say any more who may. Give another one that role first.',
      });
  };
  return {
    async list() {
      const rows = await database
        .selectFrom('users')
        .select(['name', 'role', 'temporary', 'created', 'changed'])
        .orderBy('name')
        .execute();
      return rows.map((row) => ({ ...row, temporary: row.temporary === 1 }));
    },
    find,
    async add(name, role, password, temporary) {
      if (!NAME.test(name))
        throw new Failure('usage', `${JSON.stringify(name.slice(0, 80))} is no name for a user`, {
          detail: 'It has 1 to 64 of the characters a-z, 0-9, and . _ @ + -, and begins with a letter or digit.',
        });
      requirePassword(name, password);
      if ((await find(name)) !== undefined) throw new Failure('obstacle', `There is a user ${name} already`);
      const created = now();
      const row = { name, role, hash: await passwords.hash(password), temporary: temporary ? 1 : 0 } as const;
      const { numInsertedOrUpdatedRows } = await database
        .insertInto('users')
        .values({ ...row, created, changed: created })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      if (numInsertedOrUpdatedRows === 0n) throw new Failure('obstacle', `There is a user ${name} already`);
    },
    async remove(name) {
      const { role } = await require(name);
      // The very last user goes back to the link, which may everything.
      if (role === 'admin' && (await this.list()).length > 1) await requireOtherAdmin(name);
      await database.deleteFrom('users').where('name', '=', name).execute();
      await endAll(name, { tokens: true });
    },
    async setRole(name, role) {
      const before = await require(name);
      if (before.role === 'admin' && role !== 'admin') await requireOtherAdmin(name);
      await database.updateTable('users').set({ role }).where('name', '=', name).execute();
    },
    async setPassword(name, password, { temporary, keepTokens, keep }) {
      requirePassword(name, password);
      await require(name);
      const hash = await passwords.hash(password);
      const set = { hash, temporary: temporary ? 1 : 0, changed: now() } as const;
      await database.updateTable('users').set(set).where('name', '=', name).execute();
      await endAll(name, { tokens: !keepTokens, ...(keep === undefined ? {} : { keep }) });
    },
    async verify(name, password) {
      const found = await find(name);
      if (!(await passwords.verify(password, found?.hash ?? null)) || found === undefined) return undefined;
      if (passwords.isOutdated(found.hash)) {
        const hash = await passwords.hash(password);
        await database
          .updateTable('users')
          .set({ hash })
          .where('name', '=', name)
          .where('hash', '=', found.hash)
          .execute();
      }
      const { hash: _, ...account } = found;
      return account;
    },
  };
}

function unknown(name: string): never {
  throw new Failure('file-unreadable', `There is no user ${name}`);
}
