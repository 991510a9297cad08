import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { scrubbed } from '../../server/api/log.ts';
import { openSite, SMALL } from './site.ts';

interface Line {
  readonly level: string;
  readonly what: string;
  readonly route?: string | null;
  readonly status?: number;
  readonly reqId?: string;
  readonly params?: Readonly<Record<string, string>>;
}

function openLog(): { readonly to: PassThrough; text(): string; lines(): readonly Line[] } {
  const to = new PassThrough();
  let text = '';
  to.on('data', (bytes: Buffer) => (text += bytes.toString()));
  return {
    to,
    text: () => text,
    lines: () =>
      text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Line),
  };
}

test('each request is a line, with an id, its route, its names and its status', async () => {
  const log = openLog();
  await using site = await openSite(undefined, { log: { to: log.to } });
  const cookie = await site.signIn();
  await site.ask({ url: '/api/topologies/small.yaml/graph', headers: { cookie } });
  await site.ask({ url: '/api/topologies/none.yaml/graph', headers: { cookie } });
  await site.ask({ url: '/health' });
  const lines = log.lines().filter(({ what }) => what === 'answered');
  expect(lines.map(({ level, route, status }) => `${level} ${String(route)} ${String(status)}`)).toEqual([
    'info /open 303',
    'info /api/topologies/:name/graph 200',
    'warn /api/topologies/:name/graph 404',
    'warn /health 401',
  ]);
  expect(lines[1]?.params).toEqual({ name: 'small.yaml' });
  expect(new Set(lines.map(({ reqId }) => reqId)).size).toBe(4);
});

test('the level decides what is written', async () => {
  const log = openLog();
  await using site = await openSite(undefined, { log: { to: log.to, level: 'warn' } });
  await site.signIn();
  await site.ask({ url: '/health' });
  expect(log.lines().map(({ level }) => level)).toEqual(['warn']);
});

test('no secret gets into it, from wherever it came', async () => {
  const log = openLog();
  let planted = 0;
  const canaries: string[] = [];
  /** Looks like a token: what the log is searched for. */
  const canary = (): string => {
    const word = `Canary${String((planted += 1)).padStart(3, '0')}xQ7vT2mK9pLr4sWz8bNc1dFg6hJy3aEu`;
    canaries.push(word);
    return word;
  };
  await using site = await openSite(
    { 'small.yaml': `${SMALL}# ${canary()}\n`, 'wrong.yaml': `topology: wrong\nhosts: ${canary()}\n` },
    { log: { to: log.to, level: 'debug' } },
  );
  const link = new URL(site.serving.newLink());
  canaries.push(String(link.searchParams.get('token')));
  const cookie =
    String((await site.ask({ url: link.pathname + link.search })).headers['set-cookie']).split(';')[0] ?? '';
  canaries.push(cookie.slice(cookie.indexOf('=') + 1));
  const origin = site.serving.url;
  const headers = { cookie, origin };
  await site.ask({ url: `/open?token=${canary()}` });
  await site.ask({
    url: '/health',
    headers: { cookie: `trunkline-${String(site.port)}=${canary()}; other=${canary()}` },
  });
  await site.ask({ url: '/health', headers: { authorization: `Bearer ${canary()}`, 'x-api-key': canary() } });
  await site.ask({ url: `/api/topologies/${canary()}/graph?token=${canary()}`, headers });
  await site.ask({ url: `/${canary()}/${canary()}?password=${canary()}`, headers });
  await site.ask({ url: `/api/topologies/small.yaml/reach?from=${canary()}&to=${canary()}:80/tcp`, headers });
  await site.ask({
    url: '/api/topologies/small.yaml/graph',
    headers: {
      ...headers,
      referer: `http://x/?token=${canary()}`,
      'user-agent': canary(),
      'x-request-id': canary(),
      'request-id': canary(),
    },
  });
  await site.ask({ url: '/api/topologies/wrong.yaml/diagnostics', headers });
  for (const url of [
    '/api/session',
    '/api/users',
    '/api/tokens',
    '/api/topologies/small.yaml/plan',
    '/api/topologies/small.yaml/file',
  ]) {
    for (const method of ['POST', 'PUT'] as const) {
      const payload = { name: 'ann', password: canary(), token: canary(), text: `topology: ${canary()}` };
      await site.ask({ method, url, headers, payload });
      await site.ask({
        method,
        url,
        headers: { ...headers, 'content-type': 'application/json' },
        payload: `{"password": "${canary()}`,
      });
    }
  }
  site.serving.server.log.error(
    { err: new Error(`it broke with token=${canary()} and Bearer ${canary()} at ${canary()}`) },
    'defect',
  );
  expect(log.lines().length).toBeGreaterThan(20);
  const text = log.text();
  expect(canaries.length).toBeGreaterThan(40);
  expect(canaries.filter((each) => text.includes(each))).toEqual([]);
  // Not in another dress either.
  expect(canaries.filter((each) => text.includes(Buffer.from(each).toString('base64').slice(0, 20)))).toEqual([]);
});

test('what is hidden are secrets, and not names', () => {
  expect(scrubbed('token=abc&x=1')).toBe('token=[hidden]&x=1');
  expect(scrubbed('authorization: Bearer abc.def')).toContain('[hidden]');
  expect(scrubbed(`see ${'aB3'.repeat(14)}.`)).toBe('see [hidden].');
  expect(scrubbed('at compileExpectationsOfEverything (server/model/compile.ts:10:2)')).toContain(
    'compileExpectationsOfEverything',
  );
});
