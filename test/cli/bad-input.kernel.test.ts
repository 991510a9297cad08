import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openHostNamespace } from '../support/host-namespace.ts';
import type { HostNamespace } from '../support/host-namespace.ts';
import { hostPicture } from '../support/picture.ts';
import { smallOffice } from '../support/topologies.ts';

const MAIN = join(import.meta.dirname, '../../server/cli/main.ts');

interface Said {
  readonly exitCode?: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

let folder: string;
let host: HostNamespace;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trunkline-cli-'));
  await chmod(folder, 0o755);
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  host = await openHostNamespace('here');
  await host.run('ip', 'link', 'add', 'name', 'eno1', 'type', 'veth', 'peer', 'name', 'cable');
});
afterEach(async () => {
  await host.close();
});

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function trunkline(args: readonly string[], prefix: readonly string[] = host.prefix): Promise<Said> {
  const [program = '', ...rest] = [...prefix, process.execPath, MAIN, ...args];
  return execa(program, rest, { reject: false, input: '' });
}

/** One message, no stack, and the exit code. */
function expectSaid(said: Said, exitCode: number, ...patterns: readonly RegExp[]): void {
  for (const pattern of patterns) expect(said.stderr).toMatch(pattern);
  expect(said.stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
  expect(said.stdout).toBe('');
  expect(said.exitCode).toBe(exitCode);
}

describe('files', () => {
  test('missing, a directory, unreadable, not text', async () => {
    expectSaid(
      await trunkline(['check', join(folder, 'nowhere.yaml')]),
      3,
      /nowhere\.yaml does not exist/,
      /Check the path/,
    );
    expectSaid(await trunkline(['check', folder]), 3, /is a directory/, /Name the topology file/);
    const secret = await file('secret.yaml', smallOffice());
    await chmod(secret, 0o000);
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    expectSaid(
      await trunkline(['check', secret], nobody),
      3,
      /secret\.yaml/,
      /permission|may not be read|not allowed/i,
    );
    expectSaid(
      await trunkline(['check', await file('binary.yaml', Buffer.from([0xff, 0xfe, 0, 1]))]),
      3,
      /UTF-16|UTF-8/,
    );
  });

  test('empty, not YAML, wrong: diagnostics with a place', async () => {
    expectSaid(await trunkline(['check', await file('empty.yaml', '')]), 3, /empty\.yaml:1:1: error/);
    expectSaid(
      await trunkline(['check', await file('not.yaml', 'a: [1, 2\nb: }')]),
      3,
      /not\.yaml:\d+:\d+: error\[not-yaml\]/,
    );
    expectSaid(
      await trunkline(['plan', await file('wrong.yaml', 'topology: x\nnetwroks: {}\n')]),
      3,
      /did you mean `networks`/,
    );
  });

  test('the same as JSON: one document, and nothing else on stdout', async () => {
    const said = await trunkline(['check', '--json', await file('wrong.yaml', 'topology: x\nnetwroks: {}\n')]);
    const document = JSON.parse(said.stdout) as {
      formatVersion: number;
      diagnostics: { code: string; line: number }[];
    };
    expect(document.formatVersion).toBe(1);
    expect(document.diagnostics).toMatchObject([
      { code: 'unknown-key', line: 2, column: 1, file: expect.stringContaining('wrong.yaml') as string },
    ]);
    expect(said.exitCode).toBe(3);
    const missing = await trunkline(['check', '--json', join(folder, 'nowhere.yaml')]);
    expect(JSON.parse(missing.stdout)).toMatchObject({
      failure: { kind: 'file-unreadable', inPlace: [], undone: [], toDo: [] },
    });
  });

  test('which file is not clear: wrong usage', async () => {
    const said = await execa(process.execPath, [MAIN, 'check'], { cwd: folder, reject: false });
    expect(said.exitCode).toBe(64);
    expect(said.stderr).toMatch(/Which topology\?/);
    expect((await trunkline(['chekc'])).exitCode).toBe(64);
    expect((await trunkline(['apply', await file('good.yaml', smallOffice())])).exitCode).toBe(64);
  });
});

describe('hosts', () => {
  let good: string;
  beforeEach(async () => {
    good = await file('good.yaml', smallOffice());
  });

  test('no rights', async () => {
    const nobody = [
      ...host.prefix,
      'setpriv',
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
      '--inh-caps=-all',
      '--bounding-set=-all',
    ];
    expectSaid(await trunkline(['plan', good], nobody), 1, /No right/, /root/);
    expectSaid(await trunkline(['apply', '--yes', good], nobody), 1, /No right/);
  });

  test('nft is not there, iproute2 is too old', async () => {
    const before = await hostPicture(host);
    const without = [
      'unshare',
      '--mount',
      'sh',
      '-c',
      'd=$(mktemp -d) && mount -t tmpfs none "$d" && mkdir "$d/u" "$d/w" && mount -t overlay o -o lowerdir=/usr/sbin,upperdir="$d/u",workdir="$d/w" /usr/sbin && rm /usr/sbin/nft && exec "$@"',
      'without',
    ];
    expectSaid(
      await trunkline(['apply', '--yes', good], [...host.prefix, ...without]),
      1,
      /A tool is missing/,
      /nft/,
      /apt-get install/,
    );
    await writeFile(
      join(folder, 'ip'),
      '#!/bin/sh\n[ "$1" = -V ] && echo "ip utility, iproute2-5.10.0" || exec /usr/sbin/ip "$@"\n',
      { mode: 0o755 },
    );
    const old = [...host.prefix, 'env', `PATH=${folder}:/usr/sbin:/usr/bin:/sbin:/bin`];
    expectSaid(await trunkline(['apply', '--yes', good], old), 1, /iproute2 on here is too old/, /6\.1/);
    await rm(join(folder, 'ip'));
    expect(await hostPicture(host)).toBe(before);
  });

  test('a foreign bridge of our name, an interface that is not there', async () => {
    await host.run('ip', 'link', 'add', 'name', 'br-lan', 'type', 'bridge');
    await host.run('ip', 'link', 'del', 'dev', 'eno1');
    const before = await hostPicture(host);
    expectSaid(
      await trunkline(['apply', '--yes', good]),
      1,
      /bridge:br-lan: .*not ours/,
      /eno1/,
      /nothing was changed/,
    );
    expect((await trunkline(['status', good])).exitCode).toBe(2);
    expect(await hostPicture(host)).toBe(before);
  });

  test('hosts over ssh that cannot be reached', async () => {
    const remote = await file('remote.yaml', smallOffice().replace('access: local', 'access: ssh://root@here.invalid'));
    for (const words of [['plan'], ['status'], ['apply', '--yes'], ['destroy', '--yes']])
      expectSaid(await trunkline([...words, remote]), 1, /name of here leads to no address/, /here\.invalid/);
  });

  test('a lab that does not run', async () => {
    expectSaid(await trunkline(['plan', '--lab', good]), 1, /lab/i, /lab up/);
  });
});

describe('exit codes when all is well', () => {
  test('plan, apply, status and destroy', async () => {
    const good = await file('good.yaml', smallOffice());
    const code = async (...args: readonly string[]): Promise<number | undefined> => (await trunkline(args)).exitCode;
    expect(await code('check', good)).toBe(0);
    expect(await code('plan', good)).toBe(0);
    expect(await code('plan', '--detailed-exitcode', good)).toBe(2);
    expect(await code('status', good)).toBe(2);
    const plan = join(folder, 'saved.plan');
    expect(await code('plan', good, '-o', plan)).toBe(0);
    const applied = await trunkline(['apply', '--yes', '--json', plan]);
    expect(JSON.parse(applied.stdout)).toMatchObject({
      topology: 'small',
      hosts: [{ host: 'here', result: 'applied', verified: true, confirmed: null }],
    });
    expect(applied.exitCode).toBe(0);
    expect(await code('apply', '--yes', plan)).toBe(1);
    expect(await code('status', good)).toBe(0);
    expect(await code('plan', '--detailed-exitcode', good)).toBe(0);
    expect((await trunkline(['plan', good])).stdout).toContain('No changes.');
    expect(await code('destroy', '--yes', '--topology', 'small', '--host', 'local')).toBe(0);
    expect(await host.run('ip', 'netns')).toBe('');
  });
});
