/** Every route of the server, by every sort of somebody: what is not open to one changes nothing and tells nothing. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ACCESS, operationOf } from '../../server/api/access.ts';
import { mayAs, ROLES } from '../../server/core/role.ts';
import type { Role } from '../../server/core/role.ts';
import { send, sessionOf } from './sign-in.ts';
import type { Received } from './sign-in.ts';
import type { Site } from './site.ts';
import { openSite } from './site.ts';

interface Row {
  readonly method: string;
  readonly url: string;
  readonly role: Role;
}

const ROWS: readonly Row[] = Object.entries(ACCESS).flatMap(([key, access]) => {
  const [method = '', url = ''] = key.split(' ');
  return access === 'link' || access === 'anyone' ? [] : [{ method, url, role: access }];
});
const WRITES = ROWS.filter(({ method }) => method !== 'GET' && method !== 'HEAD');
const READS = ROWS.filter(({ method }) => method === 'GET');

const REFUSED = [401, 403, 421, 429];

let site: Site;
let now = Date.now();
/** Whom nobody is signed in as but for this: each row may end the session that it asks with. */
const sessions = new Map<Role, string>();

beforeAll(async () => {
  site = await openSite(undefined, { accounts: { cost: { memory: 8, passes: 1, parallelism: 1 }, now: () => now } });
  for (const role of ROLES) sessions.set(role, await sessionOf(site, role));
});
afterAll(() => site[Symbol.asyncDispose]());

/** A real address: parameters filled in, with something that is not there where it could be changed. */
const pathOf = ({ method, url }: Row): string =>
  url
    .replace(':name', method === 'GET' ? 'small.yaml' : 'none.yaml')
    .replace(/:\w+/g, 'nobody')
    .replace('/*', '/index.html');

const bodyOf = ({
  method,
  url,
}: Row): { readonly body?: string; readonly headers: Readonly<Record<string, string>> } =>
  operationOf(method, url)?.body === undefined
    ? { headers: {} }
    : { body: '{}', headers: { 'content-type': 'application/json' } };

function ask(row: Row, headers: Readonly<Record<string, string>>): Promise<Received> {
  const { body, headers: own } = bodyOf(row);
  return send(site, {
    ...{ method: row.method, path: pathOf(row) },
    headers: { ...own, ...headers },
    ...(body === undefined ? {} : { body }),
  });
}

const cookieFor = async (role: Role): Promise<string> => {
  const known = sessions.get(role) ?? '';
  const live = await send(site, { method: 'GET', path: '/api/account', headers: { cookie: known } });
  if (live.status === 200) return known;
  const cookie = await sessionOf(site, role);
  sessions.set(role, cookie);
  return cookie;
};

/** How often something was about to be done. */
async function carriedOut(): Promise<number> {
  const { entries } = await site.serving.accounts.attempts.log.last(100_000);
  return entries.filter(({ event }) => event === 'asked').length;
}

const text = (answer: Received): string => answer.text + JSON.stringify(answer.headers);

test.each(ROWS)('$method $url: nobody without credentials, or with those of nobody', async (row) => {
  const origin = { origin: site.serving.url };
  const port = String(site.port);
  const before = await carriedOut();
  for (const headers of [
    {},
    { cookie: `trunkline-${port}=` },
    { cookie: `trunkline-${port}=${'A'.repeat(43)}` },
    { authorization: 'Bearer ' },
    { authorization: `Bearer tl_${'A'.repeat(43)}` },
    { authorization: 'Basic YW5uOmFubg==' },
  ]) {
    const answer = await ask(row, { ...origin, ...headers });
    expect(answer.status).toBe(401);
    expect(text(answer)).not.toMatch(/small|ETag|set-cookie/);
  }
  expect(await carriedOut()).toBe(before);
});

test.each(ROWS)('$method $url: a session that is over is none', async (row) => {
  const cookie = await sessionOf(site, 'admin');
  const idle = await sessionOf(site, 'admin');
  const started = now;
  try {
    now = started + 3_600_000;
    expect((await ask(row, { origin: site.serving.url, cookie: idle })).status).toBe(401);
    // Used all the time, and older than half a day.
    for (now = started; now < started + 12 * 3_600_000; now += 1_800_000)
      await site.serving.accounts.sessions.find(cookie.slice(cookie.indexOf('=') + 1));
    expect((await ask(row, { origin: site.serving.url, cookie })).status).toBe(401);
  } finally {
    now = started;
  }
});

test.each(ROWS)('$method $url needs the role $role', async (row) => {
  const origin = { origin: site.serving.url };
  for (const role of ROLES) {
    const before = await carriedOut();
    const answer = await ask(row, { ...origin, cookie: await cookieFor(role) });
    const may = mayAs(role, row.role);
    if (!may) expect(answer.text).toContain(`This needs the role ${row.role}.`);
    expect(REFUSED.includes(answer.status)).toBe(!may);
    expect((await carriedOut()) - before).toBe(may && !READS.includes(row) && row.method !== 'HEAD' ? 1 : 0);
  }
});

test.each(WRITES)('$method $url changes nothing for another site', async (row) => {
  const cookie = await cookieFor(row.role);
  const before = await carriedOut();
  for (const origin of ['null', 'https://evil.example', 'http://127.0.0.1:1', `${site.serving.url}.evil.example`, ''])
    expect((await ask(row, { cookie, origin })).status).toBe(403);
  expect((await ask(row, { cookie })).status).toBe(403);
  for (const host of ['evil.example', `evil.example:${String(site.port)}`])
    expect((await ask(row, { cookie, origin: site.serving.url, host })).status).toBe(421);
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket' };
  expect((await ask(row, { cookie, origin: site.serving.url, ...upgrade })).status).toBe(400);
  expect(await carriedOut()).toBe(before);
});

test.each(READS)('$method $url is not read for another site', async (row) => {
  const cookie = await cookieFor(row.role);
  for (const origin of ['null', 'https://evil.example']) expect((await ask(row, { cookie, origin })).status).toBe(403);
  const upgrade = { connection: 'Upgrade', upgrade: 'websocket' };
  expect((await ask(row, { cookie, ...upgrade })).status).toBe(400);
});

test.each(WRITES)('$method $url: not by GET, and not as a form', async (row) => {
  const headers = { cookie: await cookieFor('admin'), origin: site.serving.url };
  const before = await carriedOut();
  await send(site, {
    method: 'GET',
    path: `${pathOf(row)}?_method=${row.method}`,
    headers: { ...headers, 'x-http-method-override': row.method },
  });
  expect(await carriedOut()).toBe(before);
  for (const type of [
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    ' application/json\t;',
    'application/jsonx',
  ]) {
    if (operationOf(row.method, row.url)?.body === undefined) continue;
    const answer = await send(site, {
      ...{ method: row.method, path: pathOf(row), body: '{}' },
      headers: { ...headers, 'content-type': type },
    });
    expect([type, answer.status]).toEqual([type, type === ' application/json\t;' ? answer.status : 415]);
    expect(answer.status).toBeGreaterThanOrEqual(400);
  }
});

test.each(ROWS)('$method $url: a token may what it says, and no more', async (row) => {
  const { tokens } = site.serving.accounts;
  const make = async (of: {
    role?: Role;
    topologies?: readonly string[] | null;
    days?: number;
    user?: string;
  }): Promise<string> => {
    const { role = 'admin', topologies = null, days = 1, user = 'admin' } = of;
    const { secret } = await tokens.create({ user, label: 'test', role, topologies, expires: now + days * 86_400_000 });
    return `Bearer ${secret}`;
  };
  const operation = operationOf(row.method, row.url);
  const whole = await make({});
  // No origin: a program has none. One of another site is refused all the same.
  const answer = await ask(row, { authorization: whole });
  expect(REFUSED.includes(answer.status)).toBe(operation?.signedIn === true);
  expect((await ask(row, { authorization: whole, origin: 'https://evil.example' })).status).toBe(403);

  const both = await ask(row, { authorization: whole, cookie: await cookieFor('admin'), origin: site.serving.url });
  expect(both.status).toBe(400);

  const before = await carriedOut();
  for (const role of ROLES.filter((each) => !mayAs(each, row.role))) {
    expect((await ask(row, { authorization: await make({ role }) })).status).toBe(403);
    // What the token says does not count where its user may less.
    await cookieFor(role);
    expect((await ask(row, { authorization: await make({ user: role }) })).status).toBe(403);
  }
  const other = await ask(row, { authorization: await make({ topologies: ['other.yaml'] }) });
  if (operation?.looksAtTopology !== true) expect(other.status).toBe(403);
  if (
    operation?.looksAtTopology !== true &&
    operation?.signedIn !== true &&
    row.url.startsWith('/api/topologies/:name/')
  ) {
    const right = await ask(row, { authorization: await make({ topologies: ['small.yaml', 'none.yaml'] }) });
    expect(REFUSED).not.toContain(right.status);
  }
  expect(await carriedOut()).toBe(
    before + (row.url.startsWith('/api/topologies/:name/') && WRITES.includes(row) ? 1 : 0),
  );

  const short = await make({ days: 1 });
  const started = now;
  now += 86_400_000;
  expect((await ask(row, { authorization: short })).status).toBe(401);
  now = started;
});

test('what a token is not good for is not listed either', async () => {
  await cookieFor('admin');
  const { secret } = await site.serving.accounts.tokens.create({
    ...{ user: 'admin', label: 'other', role: 'view', topologies: ['other.yaml'], expires: now + 1000 },
  });
  const answer = await send(site, {
    method: 'GET',
    path: '/api/topologies',
    headers: { authorization: `Bearer ${secret}` },
  });
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.text)).toMatchObject({ topologies: [] });
});

test('nothing went wrong inside meanwhile', () => {
  expect(site.reports).toEqual([]);
});
