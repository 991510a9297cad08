/** `trunkline fmt` from the command line: what it writes, prints and answers. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const TRUNKLINE = join(import.meta.dirname, '../../scripts/trunkline');
const UGLY = 'networks:   {lan: {subnet: "10.0.0.0/24"}} # c\ntopology: "shop"\n';
const NORMAL = 'topology: shop\n\nnetworks: { lan: { subnet: 10.0.0.0/24 } } # c\n';
const BROKEN = 'topology: [shop\n';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-fmt-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const path = (name: string): string => join(folder, name);
const read = (name: string): string => readFileSync(path(name), 'utf8');
const write = (name: string, text: string): void => {
  writeFileSync(path(name), text);
};

function fmt(args: readonly string[], input = ''): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, TRUNKLINE_DEV: '1' };
  return spawnSync(TRUNKLINE, ['fmt', ...args], { cwd: folder, encoding: 'utf8', input, env });
}

describe('files', () => {
  test('are formatted in place, keep their mode, and are named', () => {
    write('shop.yaml', UGLY);
    chmodSync(path('shop.yaml'), 0o640);
    expect(fmt(['shop.yaml'])).toMatchObject({ status: 0, stdout: 'shop.yaml: formatted\n', stderr: '' });
    expect(read('shop.yaml')).toBe(NORMAL);
    expect(statSync(path('shop.yaml')).mode & 0o7777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(['shop.yaml']);
  });

  test('in normal form are not touched', () => {
    write('shop.yaml', NORMAL);
    utimesSync(path('shop.yaml'), 1_000, 1_000);
    const { ino } = statSync(path('shop.yaml'));
    expect(fmt([])).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(statSync(path('shop.yaml'))).toMatchObject({ ino, mtimeMs: 1_000_000 });
  });

  test('that links lead to are replaced, not the links', () => {
    write('real.yaml', UGLY);
    symlinkSync('real.yaml', path('link.yaml'));
    expect(fmt(['link.yaml']).status).toBe(0);
    expect(lstatSync(path('link.yaml')).isSymbolicLink()).toBe(true);
    expect(read('real.yaml')).toBe(NORMAL);
  });

  test('that are no YAML are left alone and told of, the others are formatted', () => {
    write('bad.yaml', BROKEN);
    write('good.yaml', UGLY);
    const { status, stdout, stderr } = fmt(['bad.yaml', 'good.yaml']);
    expect(status).toBe(3);
    expect(stdout).toBe('good.yaml: formatted\n');
    expect(stderr).toMatch(/^bad\.yaml:\d+:\d+: error\[not-yaml\]/);
    expect([read('bad.yaml'), read('good.yaml')]).toEqual([BROKEN, NORMAL]);
  });

  test('that are not there are a failure', () => {
    expect(fmt(['nowhere.yaml'])).toMatchObject({ status: 3, stdout: '' });
  });
});

describe('--check', () => {
  test('lists what is not in normal form, changes nothing, and answers with 1', () => {
    write('a.yaml', UGLY);
    write('b.yaml', NORMAL);
    expect(fmt(['--check', 'a.yaml', 'b.yaml'])).toMatchObject({ status: 1, stdout: 'a.yaml: not in normal form\n' });
    expect(read('a.yaml')).toBe(UGLY);
    expect(fmt(['--check', 'b.yaml'])).toMatchObject({ status: 0, stdout: '' });
  });
});

describe('stdin and stdout', () => {
  test('- is a filter', () => {
    expect(fmt(['-'], UGLY)).toMatchObject({ status: 0, stdout: NORMAL, stderr: '' });
    expect(fmt(['-'], BROKEN)).toMatchObject({ status: 3, stdout: '' });
    expect(fmt(['--check', '-'], UGLY)).toMatchObject({ status: 1, stdout: 'stdin: not in normal form\n' });
  });

  test('-o writes elsewhere', () => {
    write('shop.yaml', UGLY);
    expect(fmt(['-o', '-', 'shop.yaml'])).toMatchObject({ status: 0, stdout: NORMAL });
    expect(fmt(['-o', 'new.yaml', 'shop.yaml']).status).toBe(0);
    expect([read('shop.yaml'), read('new.yaml')]).toEqual([UGLY, NORMAL]);
    expect(fmt(['-o', 'new.yaml', 'shop.yaml', 'new.yaml']).status).toBe(64);
  });
});

describe('--pin', () => {
  const AUTO = `topology: shop
networks: { lan: { subnet: 10.0.0.0/24 } }
hosts: { here: { access: local, bridges: { br0: {} } } }
guests: { web: { on: here, nics: { lan: auto } } }
for: [{ n: 1..2, guests: { "g\${n}": { on: here, nics: { lan: auto } } } }]
`;

  test('writes chosen addresses, and says which it could not write', () => {
    write('shop.yaml', AUTO);
    const { status, stdout } = fmt(['--pin', 'shop.yaml']);
    expect(status).toBe(0);
    const address = /pinned: web on lan has (10\.0\.0\.\d+)\n/.exec(stdout)?.[1] ?? '';
    expect(read('shop.yaml')).toContain(`guests: { web: { on: here, nics: { lan: ${address} } } }\n`);
    expect(stdout).toMatch(/not pinned: g1 on lan has 10\.0\.0\.\d+; line 5 makes 2 NICs/);
    expect(stdout).toMatch(/not pinned: g2 on lan/);
  });

  test('needs a file that is right', () => {
    write(
      'shop.yaml',
      AUTO.replace('on: here, nics: { lan: auto } } }\nfor', 'on: there, nics: { lan: auto } } }\nfor'),
    );
    const before = read('shop.yaml');
    const { status, stderr } = fmt(['--pin', 'shop.yaml']);
    expect(status).toBe(3);
    expect(stderr).toContain('error[unknown-name]');
    expect(read('shop.yaml')).toBe(before);
  });

  test('tells the same as JSON', () => {
    write('shop.yaml', AUTO);
    const answer = JSON.parse(fmt(['--pin', '--check', '--json', 'shop.yaml']).stdout) as { files: unknown[] };
    expect(answer).toMatchObject({
      formatVersion: 1,
      diagnostics: [],
      files: [
        {
          file: 'shop.yaml',
          changed: true,
          written: false,
          pinned: [{ guest: 'web', network: 'lan' }],
          unpinned: [{ guest: 'g1' }, { guest: 'g2' }],
        },
      ],
    });
    expect(read('shop.yaml')).toBe(AUTO);
  });
});
