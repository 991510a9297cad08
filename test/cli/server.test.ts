/** A verb asked of a server says what it says here: the same text, the same document, the same exit code. */
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SMALL } from '../api/site.ts';
import { openAsking, shown } from './asking.ts';
import type { Asking, Ended } from './asking.ts';

const SHOP = `${SMALL.replace('topology: small', 'topology: shop')}  db1: { on: box, nics: { lan: 10.1.1.20 }, listens: [5432/tcp] }
expect:
  - { allow: 80/tcp, from: db1, to: web1 }
`;

let asking: Asking;

beforeAll(async () => {
  asking = await openAsking('view', {
    'shop.yaml': SHOP,
    'wrong.yaml': SHOP.replace('10.1.1.20', '10.1.1.300'),
    'unmet.yaml': SHOP.replace('{ allow: 80/tcp', '{ deny: 80/tcp'),
  });
}, 60_000);

afterAll(() => asking[Symbol.asyncDispose]());

const run = (args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> => asking.run(args, env);

test.each([
  [['check', 'shop.yaml'], 0],
  [['check', 'wrong.yaml'], 3],
  [['check', 'wrong.yaml', '--json'], 3],
  [['check', 'none.yaml'], 3],
  [['check', 'unmet.yaml'], 4],
  [['reach', 'shop.yaml', 'web1', 'db1:5432/tcp'], 0],
  [['reach', 'shop.yaml', 'web1', 'db1:5432/tcp', '--json', '--without', 'box'], 0],
  [['reach', 'shop.yaml', '--to', 'db1'], 0],
  [['reach', 'shop.yaml', 'nobody', 'db1:5432/tcp'], 64],
  [['graph', 'shop.yaml'], 0],
  [['graph', 'shop.yaml', '-f', 'dot'], 0],
  [['graph', 'shop.yaml', '-f', 'json', '--json'], 0],
] as const)('%j', { timeout: 60_000 }, async (args, code) => {
  const [local, remote] = await Promise.all([run(args, {}), asking.there(args)]);
  expect(remote.code).toBe(code);
  if (args[1] === 'none.yaml') {
    expect(remote.stderr).toContain('No topology of this folder has that name.');
    return;
  }
  expect(shown(remote)).toEqual(shown(local));
});

test(
  'the environment names the server too, and a file that is nobody else’s holds the token',
  { timeout: 60_000 },
  async () => {
    const file = join(asking.folder, 'token');
    await writeFile(file, `${asking.token}\n`, { mode: 0o600 });
    const env = { TRUNKLINE_SERVER: asking.url, TRUNKLINE_TOKEN_FILE: file };
    expect((await run(['check', 'shop.yaml'], env)).stdout).toContain('shop: 1 network');
    await chmod(file, 0o640);
    const open = await run(['check', 'shop.yaml'], env);
    expect(open).toMatchObject({ code: 64, stdout: '' });
    expect(open.stderr).toContain('Others may read the token');
  },
);

test.each([
  [
    'a token that is none of the server',
    { TRUNKLINE_TOKEN: `tl_${'A'.repeat(43)}` },
    [],
    1,
    'does not know this token',
  ],
  ['no token', {}, [], 64, 'There is no token for the server.'],
  [
    'a server that is not there',
    { TRUNKLINE_TOKEN: 'x', TRUNKLINE_SERVER: 'http://127.0.0.1:1' },
    [],
    1,
    'does not answer',
  ],
  ['a token in the clear', { TRUNKLINE_TOKEN: 'x', TRUNKLINE_SERVER: 'http://192.0.2.1' }, [], 64, 'in the clear'],
  ['a password in the address', { TRUNKLINE_TOKEN: 'x', TRUNKLINE_SERVER: 'https://a:canary@x' }, [], 64, 'no address'],
  ['what the server cannot know', {}, ['--set', 'a=b'], 64, '--set does not go together with --server'],
] as const)('%s', { timeout: 60_000 }, async (what, env, args, code, words) => {
  const usual = what === 'what the server cannot know' ? { TRUNKLINE_TOKEN: asking.token } : {};
  const ended = await run(['check', 'shop.yaml', ...args], { TRUNKLINE_SERVER: asking.url, ...usual, ...env });
  expect(ended.stderr).toContain(words);
  expect(ended.stderr).not.toContain('canary');
  expect(ended.code).toBe(code);
});
