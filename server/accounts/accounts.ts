/** Who may: users, their sessions and tokens, and what was tried. One folder, which belongs to the server alone. */
import { join } from 'node:path';
import type { ApiTokens } from './api-tokens.ts';
import { createApiTokens } from './api-tokens.ts';
import type { Attempts } from './attempts.ts';
import { openAttempts } from './attempts.ts';
import { openAccountDatabase } from './database.ts';
import type { Lockout, SignInAttempt } from './lockout.ts';
import { createLockout } from './lockout.ts';
import type { PasswordCost, Passwords } from './password.ts';
import { createPasswords } from './password.ts';
import type { Sessions } from './sessions.ts';
import { createSessions } from './sessions.ts';
import type { Account, Users } from './users.ts';
import { createUsers } from './users.ts';

export interface Accounts extends AsyncDisposable {
  readonly users: Users;
  readonly sessions: Sessions;
  readonly tokens: ApiTokens;
  readonly lockout: Lockout;
  readonly passwords: Passwords;
  readonly attempts: Attempts;
  /** Whether somebody can sign in at all. */
  hasUsers(): Promise<boolean>;
  signIn(asked: SignIn): Promise<SignedIn>;
  close(): Promise<void>;
}

export interface SignIn extends SignInAttempt {
  readonly password: string;
  /** The one to have from now on. */
  readonly next: string | undefined;
}

/** `change`: all right, but a password that somebody else knows must be changed along. `device`: `null` where it is known. */
export type SignedIn =
  | { readonly type: 'in'; readonly account: Account; readonly device: string | null }
  | { readonly type: 'change' }
  | { readonly type: 'wrong' }
  | { readonly type: 'wait'; readonly ms: number };

export interface AccountOptions {
  readonly now?: () => number;
  /** Of the server whose link opens sessions: they go on in whoever calls itself the same. By default one of its own. */
  readonly server?: string | undefined;
  readonly cost?: PasswordCost;
}

/** Throws `history` where they cannot be opened. */
export async function openAccounts(folder: string, options: AccountOptions = {}): Promise<Accounts> {
  const now = options.now ?? Date.now;
  const database = await openAccountDatabase(join(folder, 'accounts.sqlite'));
  const passwords = createPasswords(options.cost);
  const users = createUsers(database, passwords, now);
  const sessions = createSessions(database, now, options.server);
  const tokens = createApiTokens(database, now);
  const lockout = createLockout(database, now);
  const attempts = await openAttempts(folder, now);
  const close = async (): Promise<void> => {
    await sessions.endLinks();
    await attempts.close();
    await database.destroy();
  };
  return {
    ...{ users, sessions, tokens, lockout, passwords, attempts, close },
    hasUsers: async () => (await users.list()).length > 0,
    async signIn({ password, next, ...attempt }) {
      const ms = await lockout.begin(attempt);
      if (ms > 0) return { type: 'wait', ms };
      const account = await users.verify(attempt.name, password);
      if (account === undefined) return { type: 'wrong' };
      if (account.temporary) {
        if (next === undefined || next === password) {
          await lockout.succeeded(attempt);
          return { type: 'change' };
        }
        await users.setPassword(account.name, next, { temporary: false, keepTokens: true });
      }
      await lockout.succeeded(attempt);
      const isKnown = attempt.device !== undefined && (await lockout.knows(attempt.name, attempt.device));
      return { type: 'in', account, device: isKnown ? null : await lockout.remember(account.name) };
    },
    [Symbol.asyncDispose]: close,
  };
}
