import { digestOf, newSecret } from '../accounts/secrets.ts';

/** One-time links that open the page for whoever started the server. They live as long as the process; only digests are kept. */
export interface Links {
  /** A new one-time token; those not used yet stay good. */
  newLink(): string;
  /** Uses a token up. `false`: unknown, or used before. */
  redeem(token: string): boolean;
}

export function createLinks(): Links {
  const links = new Set<string>();
  return {
    newLink() {
      const token = newSecret();
      links.add(digestOf(token));
      return token;
    },
    redeem: (token) => links.delete(digestOf(token)),
  };
}
