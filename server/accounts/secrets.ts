import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits, as text. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** A short name for something that has a secret: for lists, and for ending it. */
export function newId(): string {
  return randomBytes(9).toString('base64url');
}

/**
 * What is kept of a secret. One that is random throughout needs no salt and no slow hash; looking its digest up in an index tells
 * nothing of how near a guess was.
 */
export function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
