import type { CookieSerializeOptions } from '@fastify/cookie';
import type { Front } from './front.ts';

export interface CookieForm {
  readonly name: string;
  readonly options: CookieSerializeOptions;
}

/** Cookies do not know ports: the name keeps two servers on one machine apart. With TLS, browsers hold the prefix to what it says. */
export function sessionCookie({ origin }: Front, port: number): CookieForm {
  const options = { httpOnly: true, sameSite: 'strict', path: '/' } as const;
  const name = `trunkline-${String(port)}`;
  return origin === null ? { name, options } : { name: `__Host-${name}`, options: { ...options, secure: true } };
}

const HALF_A_YEAR_S = 180 * 86_400;

/** Tells that somebody signed in with this browser before. It opens nothing: whoever guesses elsewhere cannot make its user wait. */
export function deviceCookie({ origin }: Front, port: number): CookieForm {
  const options = { httpOnly: true, sameSite: 'strict', path: '/api/session', maxAge: HALF_A_YEAR_S } as const;
  const name = `trunkline-known-${String(port)}`;
  return origin === null ? { name, options } : { name: `__Secure-${name}`, options: { ...options, secure: true } };
}
