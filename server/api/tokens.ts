import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Links that open the page once, and the sessions they led to. Both live as long as the process; only digests are kept. */
export interface Tokens {
  /** A new one-time token; those not used yet stay good. */
  newLink(): string;
  /** Uses a token up. `undefined`: unknown, or used before. */
  redeem(token: string): string | undefined;
  isSession(session: string | undefined): boolean;
}

export function createTokens(): Tokens {
  const links = new Set<Buffer>();
  const sessions = new Set<Buffer>();
  return {
    newLink() {
      const token = newToken();
      links.add(digest(token));
      return token;
    },
    redeem(token) {
      const link = find(links, token);
      if (link === undefined) return undefined;
      links.delete(link);
      const session = newToken();
      sessions.add(digest(session));
      return session;
    },
    isSession(session) {
      return session !== undefined && find(sessions, session) !== undefined;
    },
  };
}

function newToken(): string {
  return randomBytes(32).toString('base64url');
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Compares with every member, in constant time each: how long it takes says nothing about how near a guess is. */
function find(digests: ReadonlySet<Buffer>, token: string): Buffer | undefined {
  const asked = digest(token);
  let found: Buffer | undefined;
  for (const each of digests) {
    if (timingSafeEqual(each, asked)) found = each;
  }
  return found;
}
