import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const MAIN = join(import.meta.dirname, '../../server/cli/main.ts');

const TOPOLOGY = `topology: "shop-\${site}"
parameters: { site: north, guests: 3, tagged: false }
networks: { lan: { subnet: 10.0.0.0/24, vlan: "\${tagged ? 7 : 8}" } }
hosts: { h: { access: local, bridges: { br0: } } }
for:
  - n: 1..\${guests}
    guests: { "g\${n}": { on: h, nics: { lan: "10.0.0.\${10 + n}" } } }
use: [./parts/probe.yaml]
`;
const PROBE = `guests:
  probe: { on: h, nics: { lan: 10.0.0.9 } }
`;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trunkline-set-'));
  await mkdir(join(folder, 'parts'));
  await writeFile(join(folder, 'shop.yaml'), TOPOLOGY);
  await writeFile(join(folder, 'parts', 'probe.yaml'), PROBE);
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function trunkline(args: readonly string[], input = '') {
  return execa(process.execPath, [MAIN, ...args], { reject: false, input, cwd: folder });
}

describe('--set', () => {
  test('replaces defaults, the last one where it is given twice', async () => {
    expect((await trunkline(['check', 'shop.yaml'])).stdout).toMatch(/^shop-north: .* 4 guests,/);
    const { stdout, exitCode } = await trunkline(
      'check shop.yaml --set guests=1 --set site=south --set guests=0 --set tagged=true'.split(' '),
    );
    expect(stdout).toMatch(/^shop-south: .* 1 guest,/);
    expect(exitCode).toBe(0);
  });

  test('a value may hold anything; what it makes is checked as if it were written', async () => {
    const { stderr, exitCode } = await trunkline(['check', 'shop.yaml', '--set', 'site=a=b; $(x) ${guests}']);
    expect(stderr).toContain('`shop-a=b; $(x) ${guests}` is no name');
    expect(exitCode).toBe(3);
  });

  test.each([
    ['an unknown name', ['--set', 'gusts=1'], /No parameter `gusts`\n {2}Did you mean guests\?/],
    ['a value of another sort', ['--set', 'guests=many'], /Parameter guests takes a whole number/],
    ['no value', ['--set', 'guests'], /NAME=VALUE/],
    ['no name', ['--set', '=1'], /NAME=VALUE/],
    ['nothing', ['--set'], /argument missing/],
  ])('%s is wrong usage', async (_, args, said) => {
    const { stderr, stdout, exitCode } = await trunkline(['check', 'shop.yaml', ...args]);
    expect(stderr).toMatch(said);
    expect(stdout).toBe('');
    expect(exitCode).toBe(64);
  });

  test('as JSON the failure is in the document', async () => {
    const { stdout, exitCode } = await trunkline(['check', 'shop.yaml', '--json', '--set', 'gusts=1']);
    expect(JSON.parse(stdout)).toMatchObject({ formatVersion: 1, failure: { kind: 'usage' } });
    expect(exitCode).toBe(64);
  });

  test.each([
    ['graph shop.yaml --set site=x', 0, /shop-x|srv|g3/],
    ['lab up shop.yaml --set gusts=1', 64, /No parameter/],
    ['lab test shop.yaml --set gusts=1', 64, /No parameter/],
    ['lab down shop.yaml --set gusts=1', 64, /No parameter/],
    ['lab exec --set gusts=1 shop.yaml h -- true', 64, /No parameter/],
    ['plan shop.yaml --set gusts=1', 64, /No parameter/],
    ['apply shop.yaml --set gusts=1', 64, /No parameter/],
    ['status shop.yaml --set gusts=1', 64, /No parameter/],
    ['destroy shop.yaml --set gusts=1', 64, /No parameter/],
  ])('%s', async (line, exitCode, said) => {
    const answer = await trunkline(line.split(' '));
    expect(answer.stdout + answer.stderr).toMatch(said);
    expect(answer.exitCode).toBe(exitCode);
  });

  test('a saved plan has its values already', async () => {
    const file = join(folder, 'saved.plan');
    const host = { host: 'h', fingerprint: 'x', unchanged: 0, obstacles: [], steps: [], desired: [] };
    const plan = { formatVersion: 1, topology: 'shop-north', hosts: [host], drift: [], summary: {} };
    await writeFile(file, JSON.stringify(plan, null, 2));
    const { stderr, exitCode } = await trunkline(['apply', file, '--yes', '--set', 'guests=1']);
    expect(stderr).toMatch(/A saved plan takes no --set/);
    expect(exitCode).toBe(64);
  });
});

describe('diagnostics', () => {
  test('show the lines of every file they point into', async () => {
    await writeFile(join(folder, 'wrong.yaml'), TOPOLOGY.replace('probe.yaml', 'wrong.yaml'));
    await writeFile(join(folder, 'parts', 'wrong.yaml'), PROBE.replace('on: h', 'on: hh'));
    const { stderr } = await trunkline(['check', 'wrong.yaml']);
    expect(stderr).toContain(`parts/wrong.yaml:2:16: error[unknown-name]`);
    expect(stderr).toContain('  2 |   probe: { on: hh, nics: { lan: 10.0.0.9 } }\n    |                ^\n');
    expect(stderr).toContain('  wrong.yaml:8:7: used here\n');
  });

  test('have the members that are promised, and no others', async () => {
    const { stdout } = await trunkline(['check', 'wrong.yaml', '--json']);
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: Record<string, unknown>[] };
    expect(diagnostics.map((each) => Object.keys(each).sort())).toEqual([
      ['code', 'column', 'detail', 'file', 'hint', 'line', 'related', 'severity', 'summary'],
    ]);
    expect(diagnostics[0]?.['related']).toEqual([{ file: 'wrong.yaml', line: 8, column: 7, message: 'used here' }]);
  });

  test('of stdin show its lines; its parts lie in the folder that the command runs in', async () => {
    const { stderr } = await trunkline(['check', '-'], TOPOLOGY.replace('on: h,', 'on: hh,'));
    expect(stderr).toContain('stdin:7:30: error[unknown-name]');
    expect(stderr).toContain('  7 |     guests: { "g${n}": { on: hh,');
    expect((await trunkline(['check', '-'], TOPOLOGY)).stdout).toMatch(/4 guests/);
  });
});
