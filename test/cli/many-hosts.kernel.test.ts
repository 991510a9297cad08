/** apply over several hosts as a person types it, on the hosts of a lab: its options, what it prints, and what a terminal shows. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';

const MAIN = join(import.meta.dirname, '../../server/cli/main.ts');
const HOSTS = ['ada', 'bea', 'cid'];

function topology(more: string): string {
  const hosts = HOSTS.map(
    (name, index) =>
      `  ${name}: { access: "ssh://root@${name}.example.net", bridges: { br-lan: { networks: [lan-${name}${more}] } }, nics: { lan-${name}: 10.4${String(index)}.0.2 } }`,
  );
  const networks = HOSTS.map((name, index) => `  lan-${name}: { subnet: 10.4${String(index)}.0.0/24 }`);
  return ['topology: c-many-hosts', 'networks:', ...networks, 'hosts:', ...hosts, ''].join('\n');
}

/** The same with a guest on each. */
function grown(guests: number): string {
  const lines = HOSTS.flatMap((name, host) =>
    Array.from(
      { length: guests },
      (_, index) =>
        `  ${name}-${String(index)}: { on: ${name}, nics: { lan-${name}: 10.4${String(host)}.0.${String(index + 10)} } }`,
    ),
  );
  return [topology('').trimEnd(), 'guests:', ...lines, ''].join('\n');
}

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trunkline-many-'));
  file = join(folder, 'many.yaml');
  await writeFile(file, topology(''));
  expect((await trunkline('lab', 'up', file)).exitCode).toBe(0);
});
afterAll(async () => {
  await trunkline('lab', 'down', file);
  await rm(folder, { recursive: true });
});

function trunkline(...args: readonly string[]): Promise<{ exitCode?: number; stdout: string; stderr: string }> {
  return execa(process.execPath, [MAIN, ...args], { reject: false, env: { XDG_STATE_HOME: folder } });
}

const apply = (...args: readonly string[]): ReturnType<typeof trunkline> =>
  trunkline('apply', '--lab', '--yes', ...args, file);

test('wrong usage is told of before anything is read', async () => {
  for (const wrong of ['0', '-1', '6x', '2000']) expect((await apply('--parallel', wrong)).exitCode).toBe(64);
  await writeFile(file, grown(1));
  const unknown = await apply('--canary', 'dan');
  expect(unknown).toMatchObject({ exitCode: 64, stderr: expect.stringContaining('It has: ada, bea, cid.') as string });
  expect((await trunkline('plan', '--lab', '--detailed-exitcode', file)).exitCode).toBe(2);
});

test('with --json one document on stdout, and no escapes anywhere', async () => {
  await writeFile(file, grown(2));
  const { exitCode, stdout, stderr } = await apply('--json', '--canary', 'cid', '--parallel', '2', '--keep-going');
  expect(exitCode).toBe(0);
  const document = JSON.parse(stdout) as Record<string, unknown>;
  expect(document).toMatchObject({
    formatVersion: 1,
    hosts: HOSTS.map((host) => ({ host, result: 'applied', verified: true, confirmed: null })),
  });
  expect(stderr).not.toContain('\x1b');
});

test('piped, a line for each that is done, the canary first', async () => {
  await writeFile(file, grown(3));
  const { exitCode, stdout, stderr } = await apply('--canary', 'bea');
  expect(exitCode).toBe(0);
  expect(stdout.split('\n').map((line) => line.split(':')[0])).toEqual(HOSTS);
  const done = stderr.split('\n').filter((line) => line.endsWith('applied and verified'));
  expect(done).toHaveLength(3);
  expect(done[0]).toContain('bea');
  expect(stderr).not.toContain('\x1b');
});

test('on a terminal a line a host, and nothing of that on stdout', async () => {
  await writeFile(file, grown(4));
  const words = `"$NODE" "$MAIN" apply --lab --yes "$FILE" >"$OUT"`;
  const out = join(folder, 'out');
  const { stdout } = await execa('script', ['-qec', `stty rows 40 cols 100; ${words}`, '/dev/null'], {
    env: { XDG_STATE_HOME: folder, NODE: process.execPath, MAIN, FILE: file, OUT: out },
    stdin: 'ignore',
  });
  for (const host of HOSTS) expect(stdout).toMatch(new RegExp(`${host}: kept`));
  const printed = await readFile(out, 'utf8');
  expect(printed).not.toContain('\x1b');
  expect(printed.trimEnd().split('\n')).toHaveLength(3);
});
