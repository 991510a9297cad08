/**
 * Keeps README.md of the kinds honest: in a copy of the sources a new kind is added with one folder and one line, and the
 * product plans, describes and renders it like any other.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const readme = readFileSync(join(ROOT, 'server/kinds/README.md'), 'utf8');

let copy = '';
afterEach(() => {
  if (copy !== '') rmSync(copy, { recursive: true });
});

/** The README's own example is what is added. */
function blocks(): ReadonlyMap<string, string> {
  return new Map([...readme.matchAll(/```ts (\S+)\n([\s\S]*?)```/g)].map((match) => [match[1] ?? '', match[2] ?? '']));
}

const ASK = `
import { KINDS } from './server/kinds/index.ts';
import { planHost } from './server/plan/host.ts';
const host = JSON.parse(process.argv[2]);
const model = { topology: 'shop', networks: new Map(), hosts: new Map([['gw-x', host]]), guests: new Map(), gateways: new Map(), policy: [], expectations: [] };
const wanted = KINDS.flatMap((kind) => kind.desire(model, host));
const resources = new Map(wanted.map((each) => [each.id, each]));
const scope = { scope: '', links: new Map(), routes: [], rules: [], tables: [], sysctls: new Map() };
const view = { host: 'gw-x', scopes: new Map([['', scope]]), namespaces: [], record: null };
const plan = planHost({ topology: 'shop', host: 'gw-x', resources }, view, KINDS);
console.log(JSON.stringify(plan.steps.filter(({ kind }) => kind === 'hairpin')));
`;

test('a new kind is one folder and one line', { timeout: 60_000 }, () => {
  copy = mkdtempSync(join(tmpdir(), 'new-kind-'));
  cpSync(join(ROOT, 'server'), join(copy, 'server'), { recursive: true });
  for (const name of ['package.json', 'tsconfig.json']) cpSync(join(ROOT, name), join(copy, name));
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));

  mkdirSync(join(copy, 'server/kinds/hairpin'));
  const files = blocks();
  expect([...files.keys()].sort()).toEqual(['hairpin/index.ts', 'hairpin/resource.ts', 'index.ts']);
  for (const [path, text] of files) if (path !== 'index.ts') writeFileSync(join(copy, 'server/kinds', path), text);
  const list = join(copy, 'server/kinds/index.ts');
  const line = (files.get('index.ts') ?? '').trim();
  writeFileSync(
    list,
    `${line}\n${readFileSync(list, 'utf8').replace('readonly Kind[] = [', 'readonly Kind[] = [hairpin, ')}`,
  );
  writeFileSync(join(copy, 'ask.ts'), ASK);

  const config = { extends: './tsconfig.json', include: ['server/kinds', 'server/plan'] };
  writeFileSync(join(copy, 'tsconfig.kinds.json'), JSON.stringify(config));
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.kinds.json'], { cwd: copy, encoding: 'utf8' });

  const bridge = { device: 'br0', mac: '02:00:00:00:00:01', mtu: 1500, vlanAware: false, uplinks: [], carries: [] };
  const end = {
    device: 'pweb',
    bridge: 'br0',
    vid: null,
    mtu: 1500,
    owner: { type: 'guest', name: 'web' },
    network: 'shop',
  };
  const peer = { device: 'web', namespace: null, mac: '02:00:00:00:02:01' };
  const host = {
    name: 'gw-x',
    bonds: [],
    bridges: [bridge],
    nics: [],
    attachments: [{ ...end, peer }],
    tunnels: [],
    namespaces: [],
  };
  const answer = execFileSync(process.execPath, ['ask.ts', JSON.stringify(host)], { cwd: copy, encoding: 'utf8' });
  expect(JSON.parse(answer)).toMatchObject([
    {
      action: 'add',
      title: 'hairpin on pweb',
      resource: 'hairpin:pweb',
      commands: [{ tool: 'bridge', args: ['link', 'set', 'dev', 'pweb', 'hairpin', 'on'] }],
      undo: [{ tool: 'bridge', args: ['link', 'set', 'dev', 'pweb', 'hairpin', 'off'] }],
    },
  ]);
});
