/** The whole life of a topology on a host over ssh, as a person at a desk types it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pictureOf } from '../support/clutter.ts';
import { openSshHost } from '../support/ssh-host.ts';
import type { SshHost } from '../support/ssh-host.ts';
import { openRunOn } from '../support/window.ts';

const MAIN = join(import.meta.dirname, '../../server/cli/main.ts');
const ACCESS = 'ssh://root@10.9.0.1:2222';

let far: SshHost;
let folder: string;
let file: string;
beforeEach(async () => {
  far = await openSshHost({
    host: 'ip addr add 10.9.0.1/24 dev eno1',
    desk: 'ip addr add 10.9.0.2/24 dev desk0',
    address: '10.9.0.1',
    port: 2222,
  });
  folder = await mkdtemp(join(tmpdir(), 'trunkline-ssh-'));
  file = join(folder, 'far.yaml');
  await writeFile(file, topology(1));
});
afterEach(async () => {
  await far.close();
  await rm(folder, { recursive: true });
});

function topology(guests: number): string {
  const all = Array.from({ length: guests }, (_, index) => `  g${String(index)}: { on: far, nics: { lan: auto } }`);
  return `
topology: b-far
networks:
  lan: { subnet: 10.20.0.0/16 }
hosts:
  far:
    access: ${ACCESS}
    bridges: { br-lan: { networks: [lan] } }
    nics: { lan: 10.20.255.2 }
guests:
${all.join('\n')}
`;
}

interface Said {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function trunkline(...args: readonly string[]): Promise<Said> {
  const [program = '', ...rest]: readonly string[] = [...far.desk.prefix, process.execPath, MAIN, ...args];
  const env = { XDG_STATE_HOME: folder, USER: 'ann', ...far.environment };
  const { exitCode, stdout, stderr } = await execa(program, rest, { reject: false, env });
  return { exitCode: exitCode ?? -1, stdout, stderr };
}

async function json(...args: readonly string[]): Promise<Record<string, unknown>> {
  return JSON.parse((await trunkline(...args, '--json')).stdout) as Record<string, unknown>;
}

test('applied, confirmed by itself, in the history, destroyed without its file', async () => {
  const before = await pictureOf(far.host);
  expect(await trunkline('apply', '--yes', file)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/far: \d+ steps done, verified/) as string,
  });
  expect(await trunkline('status', file)).toMatchObject({ exitCode: 0 });
  expect(await json('history')).toMatchObject({ runs: [{ outcome: 'confirmed', hosts: { far: ACCESS } }] });
  expect(await trunkline('apply', '--yes', file)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('nothing to change') as string,
  });

  expect(await trunkline('destroy', '--yes', '--topology', 'b-far', '--host', 'far')).toMatchObject({
    exitCode: 64,
    stderr: expect.stringContaining('no way to reach a host') as string,
  });
  const gone = await json('destroy', '--yes', '--topology', 'b-far', '--host', ACCESS);
  expect(gone).toMatchObject({ hosts: [{ host: '10.9.0.1', result: 'applied', confirmed: true }] });
  expect(await pictureOf(far.host)).toBe(before);
});

test('a saved plan finds its host again; a person confirms, or undoes, by what the history knows', async () => {
  const saved = join(folder, 'far.plan');
  expect((await trunkline('plan', file, '-o', saved)).exitCode).toBe(0);
  expect(JSON.parse(await readFile(saved, 'utf8'))).toMatchObject({ access: { far: ACCESS } });
  const before = await pictureOf(far.host);
  expect(await trunkline('apply', '--yes', '--confirm-within', '10m', saved)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('Not confirmed yet') as string,
  });
  expect(await json('status', file)).toMatchObject({ hosts: [{ run: { ready: true, watched: true } }] });
  expect(await trunkline('rollback')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('far: undone') as string,
  });
  expect(await pictureOf(far.host)).toBe(before);

  expect((await trunkline('apply', '--yes', '--confirm-within', '10m', saved)).exitCode).toBe(0);
  const standing = await pictureOf(far.host);
  expect(await trunkline('confirm')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('far: confirmed') as string,
  });
  expect(await openRunOn(far.host)).toBeNull();
  expect(await pictureOf(far.host)).toBe(standing);
  expect(((await json('history'))['runs'] as readonly Record<string, unknown>[]).map(({ outcome }) => outcome)).toEqual(
    ['undone', 'confirmed'],
  );

  await writeFile(saved, (await readFile(saved, 'utf8')).replaceAll(ACCESS, 'ssh://-oProxyCommand=x@10.9.0.1'));
  expect(await trunkline('apply', '--yes', saved)).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('no way to reach a host') as string,
  });
});
