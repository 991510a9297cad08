import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { echoesOf, readPcap } from '../support/pcap.ts';
import { twoHosts, twoHostsText } from './two-hosts.ts';

const NOBODY = 65_534;
const MAIN = join(import.meta.dirname, '../../server/cli/main.ts');

it('runs without root, in a user namespace: up, test, exec, fail, heal, capture, down', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lab-rootless-'));
  try {
    await chown(folder, NOBODY, NOBODY);
    const file = join(folder, 'two-hosts.yaml');
    await writeFile(file, twoHostsText(twoHosts().topology), { mode: 0o644 });
    // The right to read is there for the checkout, which may lie in a folder of root's; no other right is.
    const rights = [
      '--inh-caps',
      '-all,+dac_read_search',
      '--ambient-caps',
      '+dac_read_search',
      '--bounding-set',
      '-all,+dac_read_search',
    ];
    const user = ['setpriv', '--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups', ...rights, '--'];
    const env = { XDG_CACHE_HOME: join(folder, 'cache'), XDG_RUNTIME_DIR: folder, HOME: folder };
    const lab = (...words: readonly string[]) => {
      const [program = '', ...args] = [...user, process.execPath, MAIN, 'lab', ...words];
      return execa(program, args, { cwd: folder, env, reject: false });
    };
    try {
      expect(await lab('up', file)).toMatchObject({ exitCode: 0 });
      expect(await lab('exec', file, 'web', '--', 'sh', '-c', 'hostname; id -u; exit 7')).toMatchObject({
        stdout: 'web\n0',
        exitCode: 7,
      });
      const test = await lab('test', file, '--json');
      expect(JSON.parse(test.stdout)).toMatchObject({ formatVersion: 1, failed: 0 });
      expect(test.exitCode).toBe(0);
      expect(await lab('fail', file, 'web')).toMatchObject({ exitCode: 0 });
      expect(await lab('fail', file, 'gw@left:wan', '--how', 'loss 100%')).toMatchObject({ exitCode: 0 });
      expect((await lab('exec', file, 'other', '--', 'ping', '-c', '1', '-W', '1', '10.1.0.10')).exitCode).toBe(1);
      expect((await lab('heal', file, '--all')).exitCode).toBe(0);
      expect((await lab('exec', file, 'other', '--', 'ping', '-c', '1', '-W', '5', '10.1.0.10')).exitCode).toBe(0);
      const path = join(folder, 'wan.pcap');
      // More than a new network's own chatter.
      const capture = lab('capture', file, 'gw@left', 'wan', '-w', path, '--count', '24');
      while ((await readFile(path).catch(() => '')).length === 0) await setTimeout(50);
      await lab('exec', file, 'web', '--', 'ping', '-c', '16', '-i', '0.2', '203.0.113.10');
      expect((await capture).exitCode).toBe(0);
      expect(echoesOf(readPcap(await readFile(path)))).toContain('192.0.2.10 > 203.0.113.10 request');
    } finally {
      expect((await lab('down', file)).exitCode).toBe(0);
    }
    expect((await lab('list')).stdout).toBe('No lab is running.');
  } finally {
    await rm(folder, { recursive: true });
  }
}, 120_000);
