import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import type { Client } from '../../server/api/client.ts';
import { createClient } from '../../server/api/client.ts';
import { checkAnswer } from './openapi-check.ts';
import type { ServeOptions, Serving } from '../../server/api/serve.ts';
import { serve } from '../../server/api/serve.ts';

export const SMALL = `topology: small
description: One network on one host
networks:
  lan: { subnet: 10.1.1.0/24 }
hosts:
  box: { access: local, bridges: { br0: {} } }
guests:
  web1: { on: box, nics: { lan: 10.1.1.10 }, listens: [80/tcp] }
`;

/** Least that argon2 takes. */
export const CHEAP = { memory: 8, passes: 1, parallelism: 1 };

export interface Site extends AsyncDisposable {
  readonly folder: string;
  readonly serving: Serving;
  readonly port: number;
  /** Reports of defects, which a test can look at: none are expected. */
  readonly reports: readonly Error[];
  write(file: string, text: string): Promise<void>;
  /** A request as a browser of this machine makes it, without a session unless one is given. */
  ask(request: InjectOptions): Promise<LightMyRequestResponse>;
  /** The cookie of a new session. */
  signIn(): Promise<string>;
  /** What the page asks with, in a new session. */
  client(): Promise<Client>;
}

/** A server on a free port over a folder of its own, with a page of two files. */
export async function openSite(
  files: Readonly<Record<string, string>> = { 'small.yaml': SMALL },
  options: Partial<ServeOptions> = {},
): Promise<Site> {
  const root = await mkdtemp(join(tmpdir(), 'trunkline-api-'));
  const [folder, page] = [join(root, 'topologies'), join(root, 'page')];
  const put = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  };
  await mkdir(folder);
  for (const [file, text] of Object.entries(files)) await put(join(folder, file), text);
  await put(join(page, 'index.html'), '<!doctype html><title>page</title>');
  await put(join(page, 'assets', 'app-1a2b.js'), 'export {};');
  await put(join(root, 'secret.yaml'), SMALL);

  const reports: Error[] = [];
  const serving = await serve(folder, {
    ...{ port: 0, page, state: join(root, 'state'), report: (failure) => reports.push(failure) },
    // Tests ask more often than people do, and a password need not be dear to guess.
    limits: { requests: 100_000, signIns: 100_000 },
    accounts: { cost: CHEAP },
    ...options,
  });
  const port = Number(new URL(serving.url).port);
  const ask: Site['ask'] = async (request) => {
    const headers = { host: `127.0.0.1:${String(port)}`, ...request.headers };
    const answer = await serving.server.inject({ ...request, headers });
    const { statusCode: status, body } = answer;
    const contentType = answer.headers['content-type'] ?? '';
    // Everything that any test is answered has to be what the description of the API says.
    checkAnswer({
      method: request.method ?? 'GET',
      url: typeof request.url === 'string' ? request.url : '',
      status,
      contentType,
      body,
    });
    return answer;
  };
  const signIn: Site['signIn'] = async () => {
    const { pathname, search } = new URL(serving.newLink());
    const answer = await ask({ url: pathname + search });
    return String(answer.headers['set-cookie']).split(';')[0] ?? '';
  };
  return {
    folder,
    serving,
    port,
    reports,
    write: (file, text) => put(join(folder, file), text),
    ask,
    signIn,
    async client() {
      const cookie = await signIn();
      return createClient(async ({ method, path, headers, body }) => {
        const answer = await ask({
          ...{ method: method, url: path },
          headers: { cookie, origin: serving.url, ...headers },
          ...(body === undefined ? {} : { payload: body }),
        });
        const contentType = answer.headers['content-type'] ?? null;
        return { status: answer.statusCode, contentType, text: () => Promise.resolve(answer.body) };
      });
    },
    async [Symbol.asyncDispose]() {
      await serving.close();
      await rm(root, { recursive: true });
    },
  };
}
