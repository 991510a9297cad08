import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { Role } from '../../server/core/role.ts';
import type { Site } from './site.ts';

export const PASSWORD = 'correct horse battery';

/** What came over the wire. */
export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Empty where the answer goes on: it is let go of as soon as it begins. */
  readonly text: string;
}

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A request over a real connection, with the headers that are given and no others but `Host`. */
export function send(site: Site, { method, path, headers = {}, body }: Sent): Promise<Received> {
  const host = `127.0.0.1:${String(site.port)}`;
  return new Promise((resolve, reject) => {
    const asked = request({
      host: '127.0.0.1',
      port: site.port,
      method,
      path,
      agent: false,
      headers: { host, ...headers },
    });
    asked.on('error', reject);
    asked.on('response', (response) => {
      const done = (text: string): void => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      };
      if (response.headers['content-type']?.startsWith('text/event-stream') === true) {
        done('');
        response.destroy();
        return;
      }
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        done(Buffer.concat(chunks).toString());
      });
      response.on('error', reject);
    });
    asked.end(body);
  });
}

/** Signs in over the wire. */
export function signIn(
  site: Site,
  name: string,
  password: string,
  { headers = {}, newPassword }: { headers?: Readonly<Record<string, string>>; newPassword?: string } = {},
): Promise<Received> {
  return send(site, {
    ...{ method: 'POST', path: '/api/session' },
    headers: { origin: site.serving.url, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ name, password, newPassword }),
  });
}

/** `trunkline-1234=…`, of what an answer sets. */
export function cookieOf({ headers }: Received, part = 'trunkline-'): string {
  const set = headers['set-cookie']?.find((each) => each.startsWith(part) && !each.startsWith(`${part}known`));
  return set?.split(';')[0] ?? '';
}

/** A user called by the role, and the cookie of a new session. */
export async function sessionOf(site: Site, role: Role): Promise<string> {
  const { users } = site.serving.accounts;
  if ((await users.find(role)) === undefined) await users.add(role, role, PASSWORD, false);
  const answer = await signIn(site, role, PASSWORD);
  if (answer.status !== 200) throw new Error(`not signed in: ${answer.text}`);
  return cookieOf(answer);
}
