import { Failure } from '../core/failure.ts';
import type { Role } from '../core/role.ts';
import type { AccountDatabase, AccountTables } from './database.ts';
import { digestOf, newId, newSecret } from './secrets.ts';

/** What a program asks with: `Authorization: Bearer tl_…`. It may as much as it says, and never more than its user. */
export interface ApiToken {
  readonly id: string;
  readonly user: string;
  /** What it is for, in its user's words. */
  readonly label: string;
  readonly role: Role;
  /** As the API calls them; `null`: all. */
  readonly topologies: readonly string[] | null;
  readonly created: number;
  readonly expires: number;
  /** When it was used last, to a minute. */
  readonly seen: number | null;
}

export interface ApiTokens {
  /** The secret is told once, and not kept. */
  create(
    of: Pick<ApiToken, 'user' | 'label' | 'role' | 'topologies' | 'expires'>,
  ): Promise<{ secret: string; token: ApiToken }>;
  /** `undefined`: unknown, over, or revoked. */
  find(secret: string): Promise<ApiToken | undefined>;
  isLive(id: string): Promise<boolean>;
  /** Of a user, or of all. */
  list(user?: string): Promise<readonly ApiToken[]>;
  /** `false`: that user has no such token. */
  revoke(id: string, user: string): Promise<boolean>;
}

const PREFIX = 'tl_';
const SEEN_STEP_MS = 60_000;
const DAY_MS = 86_400_000;
/** What nobody looks after is not good for ever. */
export const LONGEST_TOKEN_MS = 366 * DAY_MS;

type Row = AccountTables['tokens'];

export function createApiTokens(database: AccountDatabase, now: () => number): ApiTokens {
  const live = async (column: 'digest' | 'id', value: string): Promise<Row | undefined> => {
    const row = await database.selectFrom('tokens').selectAll().where(column, '=', value).executeTakeFirst();
    return row !== undefined && row.expires > now() ? row : undefined;
  };
  return {
    async create({ user, label, role, topologies, expires }) {
      if (expires <= now() || expires > now() + LONGEST_TOKEN_MS)
        throw new Failure('usage', 'A token is good for one year at most, and ends in the future');
      const secret = PREFIX + newSecret();
      const row: Row = {
        ...{ id: newId(), digest: digestOf(secret), user, label, role, created: now(), expires, seen: null },
        topologies: topologies === null ? null : JSON.stringify(topologies),
      };
      await database.insertInto('tokens').values(row).execute();
      return { secret, token: shown(row) };
    },
    async find(secret) {
      if (!secret.startsWith(PREFIX)) return undefined;
      const row = await live('digest', digestOf(secret));
      if (row === undefined) return undefined;
      if (now() - (row.seen ?? 0) >= SEEN_STEP_MS)
        await database.updateTable('tokens').set({ seen: now() }).where('id', '=', row.id).execute();
      return shown(row);
    },
    isLive: async (id) => (await live('id', id)) !== undefined,
    async list(user) {
      const all = database.selectFrom('tokens').selectAll().orderBy('created', 'desc');
      return (await (user === undefined ? all : all.where('user', '=', user)).execute()).map(shown);
    },
    async revoke(id, user) {
      const { numDeletedRows } = await database
        .deleteFrom('tokens')
        .where('id', '=', id)
        .where('user', '=', user)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },
  };
}

function shown({ digest: _, topologies, ...row }: Row): ApiToken {
  return { ...row, topologies: topologies === null ? null : (JSON.parse(topologies) as readonly string[]) };
}
