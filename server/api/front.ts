/** How the server is reached: which names it answers to, and whose word it takes about who asks. */
import { isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Failure } from '../core/failure.ts';

export interface Front {
  /** Address that it listens on. */
  readonly host: string;
  /** `https://trunkline.example.net`, where something with TLS stands before it; `null`: it is asked on loopback, by this machine. */
  readonly origin: string | null;
  /** Addresses that are believed about whom they ask for (`X-Forwarded-For`). */
  readonly proxies: readonly string[];
  /** Only those may connect. */
  readonly onlyProxies: boolean;
}

export interface FrontOptions {
  readonly host?: string;
  readonly origin?: string;
  readonly proxies?: readonly string[];
}

export const LOOPBACK = '127.0.0.1';

/** Throws `usage` where that would show passwords to the network, or let anybody in. */
export function frontOf({ host = LOOPBACK, origin, proxies = [] }: FrontOptions, hasUsers: boolean): Front {
  if (isIP(host) === 0) throw new Failure('usage', `${JSON.stringify(host)} is no address to listen on`);
  const wrong = proxies.find((each) => isIP(each) === 0);
  if (wrong !== undefined) throw new Failure('usage', `${JSON.stringify(wrong)} is no address of a proxy`);
  if (origin === undefined) {
    if (host === LOOPBACK && proxies.length === 0) return { host, origin: null, proxies, onlyProxies: false };
    throw new Failure('usage', 'The page is served on 127.0.0.1 only, unless a proxy with TLS stands before it.', {
      detail:
        'Passwords and what they open would cross the network in the clear. ' +
        'To use it from another machine, forward a port: `ssh -L 7340:127.0.0.1:7340 HOST`. ' +
        'Or put a proxy with TLS before it, and say by which address it is opened there: --origin https://NAME.',
    });
  }
  requireOrigin(origin);
  if (!hasUsers)
    throw new Failure('usage', 'Nobody could sign in: there are no users yet.', {
      detail: 'The link that is printed at the start is for this machine alone.',
      toDo: ['Make one: trunkline user add NAME --role admin.'],
    });
  const all = proxies.length > 0 ? proxies : [LOOPBACK, '::1'];
  return { host, origin, proxies: all.flatMap((each) => [each, `::ffff:${each}`]), onlyProxies: proxies.length > 0 };
}

function requireOrigin(origin: string): void {
  const read = URL.canParse(origin) ? new URL(origin) : null;
  if (read?.protocol === 'https:' && read.origin === origin) return;
  throw new Failure('usage', `${JSON.stringify(origin)} is no origin`, {
    detail:
      'It is written as a browser has it: https://trunkline.example.net, with a port where it is not 443, and nothing behind.',
  });
}

/** What `Host` may say, and `Origin`. */
export function namesOf(
  front: Front,
  port: number,
): { readonly hosts: readonly string[]; readonly origins: readonly string[] } {
  if (front.origin !== null) {
    const { host, port: named } = new URL(front.origin);
    return { hosts: named === '' ? [host, `${host}:443`] : [host], origins: [front.origin] };
  }
  const hosts = [LOOPBACK, 'localhost', '[::1]'].map((name) => `${name}:${String(port)}`);
  return { hosts, origins: hosts.map((each) => `http://${each}`) };
}

export function portOf(server: FastifyInstance): number {
  const address = server.server.address();
  // Not listening, or on a socket without a port: no Host header can be right.
  return typeof address === 'object' && address !== null ? address.port : 0;
}
