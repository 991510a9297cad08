import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ACCESS } from '../../server/api/access.ts';
import { openFiles } from '../../server/api/files.ts';
import { openFolder } from '../../server/api/folder.ts';
import { serve } from '../../server/api/serve.ts';
import { sharedWorkers } from '../../server/api/work/workers.ts';
import { openOperator } from '../../server/operator/open.ts';
import { openViews } from '../../server/store/views.ts';
import { openSite, SMALL } from './site.ts';

const ROWS = Object.entries(ACCESS).map(([row, access]) => {
  const [method = '', url = ''] = row.split(' ');
  return { method: method, url, access };
});

/** Those that somebody has to be known for; what is about accounts is tried in `who-may.test.ts`. */
const CLOSED = ROWS.filter(
  ({ url, access }) => access !== 'anyone' && !/^\/api\/(session|account|tokens|users|attempts)/.test(url),
);

/** A real address for a route: parameters filled in. */
const addressOf = (url: string): string =>
  url
    .replace(':name', 'small.yaml')
    .replace(':view', 'mine')
    .replace(':run', '20260101T000000-0000')
    .replace(/\/status$/, '/status?lab=true')
    .replace('/*', '/index.html')
    .replace(/\/chart$/, '/chart?format=dot')
    .replace(/\/(reach|flows)$/, '/$1?from=10.1.1.20&to=web1:80/tcp')
    .replace(/\/csv$/, '/csv?table=ledger')
    .replace(/\/without$/, '/without?host=box');

/** What an operation takes that has a body. */
const BODIES: Readonly<Record<string, object>> = {
  'POST /api/topologies': { name: 'new.yaml' },
  'POST /api/topologies/:name/check': { text: SMALL },
  'POST /api/topologies/:name/format': { text: SMALL },
  'PUT /api/topologies/:name/file': { text: SMALL, base: createHash('sha256').update(SMALL).digest('hex') },
  'PUT /api/topologies/:name/views/:view': { address: '' },
  'POST /api/topologies/:name/plan': { lab: true },
  'POST /api/topologies/:name/audit': { lab: true },
  'POST /api/topologies/:name/apply': { plan: 'A'.repeat(22) },
  'POST /api/runs/:run/plan': {},
  'POST /api/runs/:run/rollback': {},
  'POST /api/topologies/:name/suppressions': {
    ...{ finding: 'EXP-001', about: 'nothing', reason: 'a test', until: '2099-01-01', version: null },
  },
};
/** What these ask for is not there: no such lab, plan, run or finding. That is found out behind the door. */
const NOT_THERE: Readonly<Record<string, string>> = {
  'POST /api/topologies/:name/plan': 'lab',
  'POST /api/topologies/:name/audit': 'lab',
  'POST /api/topologies/:name/apply': 'stale-plan',
  'GET /api/topologies/:name/status': 'lab',
  'GET /api/runs/:run': 'usage',
  'POST /api/runs/:run/confirm': 'usage',
  'POST /api/runs/:run/plan': 'usage',
  'POST /api/runs/:run/rollback': 'usage',
  'POST /api/topologies/:name/suppressions': 'usage',
};

test('the table of access and the routes of the server are the same', async () => {
  await using site = await openSite();
  const { server } = site.serving;
  expect(ROWS.filter(({ method, url }) => !server.hasRoute({ method, url }))).toEqual([]);
  // The other direction: printed routes are those of the table.
  const printed = server.printRoutes({ commonPrefix: false, includeHooks: false });
  const methods = [...printed.matchAll(/\(([A-Z, ]+)\)/g)].flatMap((match) => match[1]?.split(', ') ?? []);
  expect(methods).toHaveLength(ROWS.length);
});

test('a route without a row cannot be added', async () => {
  const { createServer } = await import('../../server/api/server.ts');
  const { createLinks } = await import('../../server/api/links.ts');
  const { frontOf } = await import('../../server/api/front.ts');
  await using site = await openSite();
  const server = await createServer({
    operator: openOperator({ folder: site.folder, report: () => undefined }),
    ...{ folder: openFolder(site.folder, sharedWorkers()), work: sharedWorkers().figures },
    files: openFiles(site.folder),
    views: openViews(join(site.folder, '..', 'views.json'), site.folder),
    ...{ page: site.folder, accounts: site.serving.accounts, links: createLinks(), front: frontOf({}, false) },
    ...{ limits: { requests: 10, signIns: 10 }, report: () => undefined },
  });
  expect(() => server.get('/api/new', () => 'open to all')).toThrow('no row in the table of access');
  expect(() => server.post('/health', () => 'open to all')).toThrow('no row in the table of access');
  await server.close();
});

test.each(CLOSED)('$method $url is closed without a session', async ({ method, url }) => {
  await using site = await openSite();
  const origin = site.serving.url;
  const answer = await site.ask({ method, url: addressOf(url), headers: { origin } });
  expect(answer.statusCode).toBe(401);
  expect(answer.body).not.toContain('small');
  const forged = await site.ask({
    method,
    url: addressOf(url),
    headers: { origin, cookie: `trunkline-${String(site.port)}=AAAA` },
  });
  expect(forged.statusCode).toBe(401);
});

// A stream of events does not end: test/api/events.test.ts.
const ENDING = CLOSED.filter(({ access, url }) => access !== 'link' && url !== '/api/events');

test.each(ENDING)('$method $url opens with a session', async ({ method, url }) => {
  await using site = await openSite();
  const cookie = await site.signIn();
  const row = `${method} ${url}`;
  const headers = { cookie, origin: site.serving.url };
  const payload = BODIES[row];
  const answer = await site.ask({
    method,
    url: addressOf(url),
    headers,
    ...(payload === undefined ? {} : { payload }),
  });
  const missing = NOT_THERE[row];
  if (missing === undefined) expect(answer.statusCode).toBe(200);
  else expect(answer.json<{ failure: { kind: string } }>().failure.kind).toBe(missing);
  expect(site.reports).toEqual([]);
});

test.each([
  '/nothing',
  '/api',
  '/api/topologies/small.yaml',
  '/OPEN',
  '/open/',
  '//open',
  '/assets/../open',
  '/%6fpen2',
])('what is not there is closed too: %s', async (url) => {
  await using site = await openSite();
  expect((await site.ask({ url })).statusCode).toBe(401);
});

test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const)(
  '%s needs an origin of ours, and a session',
  async (method) => {
    await using site = await openSite();
    const origin = site.serving.url;
    const cookie = await site.signIn();
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await site.ask({ method, url: '/api/nothing', headers })).statusCode;
    expect(await status({ cookie })).toBe(403);
    expect(await status({ cookie, origin: 'null' })).toBe(403);
    expect(await status({ cookie, origin: 'http://127.0.0.1:1' })).toBe(403);
    expect(await status({ cookie, origin: 'https://evil.example' })).toBe(403);
    expect(await status({ origin })).toBe(401);
    expect(await status({ cookie, origin })).toBe(404);
  },
);

test('a link works once, and the cookie it gives is out of reach of scripts and other sites', async () => {
  await using site = await openSite();
  const link = new URL(site.serving.newLink());
  const url = link.pathname + link.search;
  expect(link.searchParams.get('token')).toMatch(/^[\w-]{43}$/);

  // A preview that asks with HEAD does not use it up.
  expect((await site.ask({ method: 'HEAD', url })).statusCode).toBe(401);
  const first = await site.ask({ url });
  expect(first.statusCode).toBe(303);
  expect(first.headers.location).toBe('/');
  expect(first.headers['set-cookie']).toMatch(/^trunkline-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);

  const second = await site.ask({ url });
  expect(second.statusCode).toBe(401);
  expect(second.headers['set-cookie']).toBeUndefined();
  expect(second.body).toContain('Use the link that was printed when the server was started');
  for (const wrong of ['/open', '/open?token=', '/open?token=a&token=b', `${url}x`, '/open?token[]=1']) {
    expect((await site.ask({ url: wrong })).statusCode).toBe(401);
  }
});

test('the page of the 401 is for people, the document for programs', async () => {
  await using site = await openSite();
  const page = await site.ask({ url: '/', headers: { accept: 'text/html,*/*' } });
  expect(page.headers['content-type']).toContain('text/html');
  const document = (await site.ask({ url: '/api/topologies' })).json<{ failure: { kind: string; toDo: string[] } }>();
  expect(document).toMatchObject({
    formatVersion: 1,
    diagnostics: [],
    failure: { kind: 'no-rights', inPlace: [], undone: [], toDo: [] },
  });
});

test('only names of this machine, with the right port, are answered (DNS rebinding)', async () => {
  await using site = await openSite();
  const cookie = await site.signIn();
  const status = async (host: string): Promise<number> =>
    (await site.ask({ url: '/health', headers: { cookie, host } })).statusCode;
  const port = String(site.port);
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]) expect(await status(host)).toBe(200);
  for (const host of [
    '127.0.0.1',
    'localhost',
    `evil.example:${port}`,
    `127.0.0.1.evil.example:${port}`,
    '127.0.0.1:1',
    '',
  ]) {
    expect(await status(host)).toBe(421);
  }
});

test('a foreign origin is refused for reading too', async () => {
  await using site = await openSite();
  const cookie = await site.signIn();
  expect((await site.ask({ url: '/health', headers: { cookie, origin: 'https://evil.example' } })).statusCode).toBe(
    403,
  );
  expect((await site.ask({ url: '/health', headers: { cookie, origin: site.serving.url } })).statusCode).toBe(200);
});

test('upgrades are refused on the wire', async () => {
  await using site = await openSite();
  const cookie = await site.signIn();
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(site.port, '127.0.0.1');
    let text = '';
    socket.on('data', (bytes) => (text += bytes.toString()));
    socket.on('close', () => {
      resolve(text);
    });
    socket.on('error', reject);
    socket.end(
      `GET /health HTTP/1.1\r\nHost: 127.0.0.1:${String(site.port)}\r\nCookie: ${cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
  });
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
});

test('every answer carries the policy, also those that refuse', async () => {
  await using site = await openSite();
  const cookie = await site.signIn();
  for (const answer of [
    await site.ask({ url: '/', headers: { cookie } }),
    await site.ask({ url: '/' }),
    await site.ask({ url: '/x' }),
  ]) {
    const policy = String(answer.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|data:/);
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    expect(answer.headers['cache-control']).toMatch(/no-store|no-cache/);
  }
});

test('addresses other than loopback are refused', async () => {
  await using site = await openSite();
  const state = join(site.folder, 'state');
  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'localhost', '']) {
    await expect(serve('.', { host, port: 0, page: '.', state, report: () => undefined })).rejects.toMatchObject({
      kind: 'usage',
    });
  }
});

test('a session of one server is none of another', async () => {
  await using first = await openSite();
  await using second = await openSite();
  const cookie = (await first.signIn()).replace(String(first.port), String(second.port));
  expect((await second.ask({ url: '/health', headers: { cookie } })).statusCode).toBe(401);
});

test('where the usual port is taken, another one is', async () => {
  await using site = await openSite();
  const start = () =>
    serve(site.folder, { page: site.folder, state: join(site.folder, 'state'), report: () => undefined });
  const [first, second] = [await start(), await start()];
  expect(new URL(second.url).port).not.toBe(new URL(first.url).port);
  await expect(
    serve(site.folder, {
      port: site.port,
      page: site.folder,
      state: join(site.folder, 'state'),
      report: () => undefined,
    }),
  ).rejects.toMatchObject({
    kind: 'obstacle',
  });
  await Promise.all([first.close(), second.close()]);
});
