import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sshWay } from '../../server/host/ssh-config.ts';
import type { SshWay } from '../../server/host/ssh-config.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trunkline-ssh-config-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

let files = 0;

async function wayWith(text: string): Promise<SshWay> {
  // What was read of one file is known for a while.
  const config = join(folder, `config-${String((files += 1))}`);
  await writeFile(config, text);
  const address = '192.0.2.7';
  return sshWay({
    host: 'h',
    user: 'root',
    address,
    port: 22,
    keyAlias: address,
    knownHosts: join(folder, 'k'),
    config,
  });
}

/** Of this ssh, where nobody has said anything. */
async function isSlowByItself(): Promise<boolean> {
  const { stdout } = await execa('ssh', ['-G', '-F', 'none', '--', 'localhost']);
  return /^kexalgorithms sntrup761/m.test(stdout);
}

test('a host that no configuration speaks of is reached directly', async () => {
  expect(await wayWith('Host other\n  ProxyJump gate\n')).toEqual({
    overOthers: false,
    slowExchange: await isSlowByItself(),
  });
});

test('one behind another host is known as such', async () => {
  expect(await wayWith('Host 192.0.2.*\n  ProxyJump gate\n')).toMatchObject({ overOthers: true });
});

test('a command that leads to it may lead over others', async () => {
  expect(await wayWith('Host 192.0.2.7\n  ProxyCommand nc %h %p\n')).toMatchObject({ overOthers: true });
  expect(await wayWith('Host 192.0.2.7\n  ProxyCommand none\n')).toMatchObject({ overOthers: false });
});

test('an exchange of keys that somebody has chosen is left to him', async () => {
  const all = (await execa('ssh', ['-Q', 'kex'])).stdout.split('\n');
  const chosen = `KexAlgorithms ${all.filter((name) => name.startsWith('sntrup761')).join(',') || all.join(',')}\n`;
  expect(await wayWith(chosen)).toMatchObject({ slowExchange: false });
});

test('where ssh does not understand its configuration, nothing is taken for granted', async () => {
  expect(await wayWith('NoSuchOption yes\n')).toEqual({ overOthers: true, slowExchange: false });
});
