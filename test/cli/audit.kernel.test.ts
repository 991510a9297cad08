/** `audit`, as a person types it: a host as it is, a snapshot of it, a topology as its file wants it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openHostNamespace } from '../support/host-namespace.ts';
import type { HostNamespace } from '../support/host-namespace.ts';

const MAIN = join(import.meta.dirname, '../../server/cli/main.ts');
const OFFICE = join(import.meta.dirname, '../../topologies/office/office.yaml');
const RULES = `
table ip n {
  chain p { type nat hook prerouting priority dstnat; ip daddr 192.0.2.1 tcp dport 443 counter dnat to 10.1.0.5:8443; }
  chain i { type filter hook input priority filter; policy drop; tcp dport 22 accept; }
}
`;

let host: HostNamespace;
let folder: string;
beforeEach(async () => {
  host = await openHostNamespace('gw');
  await host.input(
    'link add wan type veth peer name far\nlink set wan up\nlink set far up\naddr add 192.0.2.1/24 dev wan\nroute add default via 192.0.2.254\n',
    'ip',
    '-batch',
    '-',
  );
  await host.input(RULES, 'nft', '-f', '-');
  folder = await mkdtemp(join(tmpdir(), 'trunkline-audit-'));
});
afterEach(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

async function trunkline(
  ...args: readonly string[]
): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }> {
  const [program = '', ...rest]: readonly string[] = [...host.prefix, process.execPath, MAIN, ...args];
  const { exitCode, stdout, stderr } = await execa(program, rest, { reject: false, env: { XDG_STATE_HOME: folder } });
  return { exitCode: exitCode ?? -1, stdout, stderr };
}

interface Report {
  readonly findings: readonly { readonly key: string }[];
  readonly suppressed: readonly { readonly key: string }[];
  readonly ledger: readonly unknown[];
}

const report = (text: string): Report => JSON.parse(text) as Report;

test('a host and its snapshot say the same, and what is found decides the exit code', async () => {
  const before = await host.run('nft', 'list', 'ruleset');
  const live = await trunkline('audit', '--host', 'local', '--json', '--fail-on', 'high');
  expect(live.exitCode).toBe(4);
  expect(report(live.stdout).findings.map(({ key }) => key)).toContain('EXP-001 local local 22/tcp');
  expect(report(live.stdout).ledger).toMatchObject([
    { address: '192.0.2.1', protocol: 'tcp', ports: '443', target: { address: '10.1.0.5', ports: '8443' }, hits: 0 },
  ]);
  expect(await host.run('nft', 'list', 'ruleset')).toBe(before);

  const shots = join(folder, 'shots');
  expect(await trunkline('snapshot', '--host', 'local', '-o', shots)).toMatchObject({ exitCode: 0 });
  const recorded = await trunkline('audit', '--snapshot', shots, '--json');
  expect(recorded.exitCode).toBe(0);
  const kinds = (text: string): readonly string[] => report(text).findings.map(({ key }) => key.slice(0, 7));
  expect(kinds(recorded.stdout)).toEqual(kinds(live.stdout));
});

test('what is accepted fails nothing any more', async () => {
  const file = join(folder, 'accepted.yaml');
  await writeFile(
    file,
    'suppress:\n  - { finding: EXP-001, about: "* 22/tcp", reason: jump host, until: 2999-01-01 }\n',
  );
  const severe = ['audit', '--host', 'local', '--fail-on', 'high', '--accepted', file, '--json'];
  const { stdout, exitCode } = await trunkline(...severe);
  expect(report(stdout).suppressed.map(({ key }) => key)).toEqual(['EXP-001 local local 22/tcp']);
  expect(
    report(stdout)
      .findings.map(({ key }) => key)
      .filter((key) => key.startsWith('EXP-001')),
  ).toEqual([]);
  expect(exitCode).toBe(0);
});

test('a topology as its file wants it, as a page', async () => {
  const page = join(folder, 'audit.html');
  const { exitCode, stdout } = await trunkline('audit', OFFICE, '--planned', '-f', 'html', '-o', page);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('4 port mappings');
  const shown = await readFile(page, 'utf8');
  expect(shown).toMatch(/^<!doctype html>/);
  // Each port mapping with the line that asks for it.
  const { ledger } = report((await trunkline('audit', OFFICE, '--planned', '--json')).stdout);
  // The third is for one network outside alone; the others the office's own expectations try from inside.
  expect(ledger).toMatchObject(['works', 'works', 'fails', 'works'].map((hairpin) => ({ hairpin })));
  for (const { through } of ledger as readonly { through: { place: { line: number } | null }[] }[])
    expect((await readFile(OFFICE, 'utf8')).split('\n')[(through.at(-1)?.place?.line ?? 0) - 1]).toMatch(
      /^ +- .*(443|53|25)\/(tcp|udp)/,
    );
});

test.each([
  [['audit', '--host', 'local', '-f', 'pdf'], 64],
  [['audit', '--host', 'local', '--fail-on', 'bad'], 64],
  [['audit', '--snapshot', '/nowhere'], 3],
])('%j ends with %i', async (args, code) => {
  expect((await trunkline(...args)).exitCode).toBe(code);
});
