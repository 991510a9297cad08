import type { AccountDatabase, AccountTables } from './database.ts';
import { digestOf, newId, newSecret } from './secrets.ts';

/** Somebody who signed in, or opened the link of this server. */
export interface Session {
  readonly id: string;
  /** `null`: by the link. */
  readonly user: string | null;
  readonly created: number;
  readonly seen: number;
  readonly address: string;
  readonly agent: string;
}

export interface Sessions {
  /** The secret of a new one. */
  begin(of: { user: string | null; address: string; agent: string }): Promise<string>;
  /** `undefined`: unknown, over, or ended. Counts as used. */
  find(secret: string): Promise<Session | undefined>;
  /** Whether it still is; does not count as used. */
  isLive(id: string): Promise<boolean>;
  /** Of a user; `null`: those of the link of this server. */
  list(user: string | null): Promise<readonly Session[]>;
  /** `false`: that user has no such session. */
  end(id: string, user: string | null): Promise<boolean>;
  /** With the server its link ends, and what it opened. */
  endLinks(): Promise<void>;
}

const HOUR_MS = 3_600_000;
/** How long without a request, and how long altogether. The link is for whoever sits at this machine, and ends with the server. */
const LIFE = {
  user: { idleMs: HOUR_MS, wholeMs: 12 * HOUR_MS },
  link: { idleMs: 24 * HOUR_MS, wholeMs: 7 * 24 * HOUR_MS },
};
/** When it was used last is written down once a minute. */
const SEEN_STEP_MS = 60_000;

type Row = AccountTables['sessions'];

export function createSessions(database: AccountDatabase, now: () => number, server: string = newId()): Sessions {
  const isOver = ({ user, created, seen, server: of }: Row): boolean => {
    const { idleMs, wholeMs } = user === null ? LIFE.link : LIFE.user;
    return now() >= created + wholeMs || now() >= seen + idleMs || (user === null && of !== server);
  };
  const live = async (column: 'digest' | 'id', value: string): Promise<Row | undefined> => {
    const row = await database.selectFrom('sessions').selectAll().where(column, '=', value).executeTakeFirst();
    return row === undefined || isOver(row) ? undefined : row;
  };
  const ofUser = (user: string | null) =>
    user === null ? ({ column: 'server', value: server } as const) : ({ column: 'user', value: user } as const);
  return {
    async begin({ user, address, agent }) {
      const secret = newSecret();
      const at = now();
      await database
        .deleteFrom('sessions')
        .where('created', '<', at - LIFE.link.wholeMs)
        .execute();
      await database
        .insertInto('sessions')
        .values({
          ...{ id: newId(), digest: digestOf(secret), user, server: user === null ? server : null },
          ...{ created: at, seen: at, address, agent: agent.slice(0, 200) },
        })
        .execute();
      return secret;
    },
    async find(secret) {
      const row = await live('digest', digestOf(secret));
      if (row === undefined) return undefined;
      if (now() - row.seen >= SEEN_STEP_MS)
        await database.updateTable('sessions').set({ seen: now() }).where('id', '=', row.id).execute();
      return shown(row);
    },
    isLive: async (id) => (await live('id', id)) !== undefined,
    async list(user) {
      const { column, value } = ofUser(user);
      const rows = await database
        .selectFrom('sessions')
        .selectAll()
        .where(column, '=', value)
        .orderBy('seen', 'desc')
        .execute();
      return rows.filter((row) => !isOver(row)).map(shown);
    },
    async end(id, user) {
      const { column, value } = ofUser(user);
      const { numDeletedRows } = await database
        .deleteFrom('sessions')
        .where('id', '=', id)
        .where(column, '=', value)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },
    async endLinks() {
      await database.deleteFrom('sessions').where('server', '=', server).execute();
    },
  };
}

function shown({ id, user, created, seen, address, agent }: Row): Session {
  return { id, user, created, seen, address, agent };
}
