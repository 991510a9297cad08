/** One machine, up for the whole file: everything that a user does with a lab, in the lab that stands in it. */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { echoesOf, readPcap } from '../../support/pcap.ts';
import { twoHosts, twoHostsText } from '../two-hosts.ts';
import { hasVlans, isLiving, machinePid, MAIN, ownTopology, trunkline } from './command-line.ts';
import type { Around, Said, Topology } from './command-line.ts';
import { onTerminal } from './terminal.ts';

let topology: Topology;
let up: Said;
let lacking: boolean;

const lab = (verb: string, words: readonly string[] = [], around: Around = {}): Promise<Said> =>
  trunkline(['lab', verb, topology.file, ...words], around);
const exec = (node: string, ...argv: readonly string[]): Promise<Said> => lab('exec', [node, '--', ...argv]);

beforeAll(async () => {
  topology = await ownTopology('app-vlans');
  lacking = !(await hasVlans());
  up = await lab('up', lacking ? [] : ['--vm']);
});
afterAll(() => topology.remove());

describe('lab up', () => {
  it('takes a machine by itself where the kernel lacks something, says what, and brings the whole topology up', () => {
    expect(up).toMatchObject({ exitCode: 0 });
    if (lacking) expect(up.stderr).toMatch(/^this kernel lacks .*802\.1Q VLAN devices.*: taking a virtual machine$/m);
    expect(up.stderr).toMatch(
      /^virtual machine: Debian's kernel \d\S+-cloud-amd64 (with KVM|under software emulation), \d+ MiB, stands after/m,
    );
    expect(up.stdout).toContain(
      `Lab ${topology.name} is up: crm1, db1, gw-x, gw-y, internet, shop1, shop2, vgw-1@gw-x.`,
    );
  });

  it('finds nothing to do in the machine that stands', async () => {
    const pid = await machinePid(topology.name, 'qemu');
    expect(await lab('up')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^gw-x: nothing to change\ngw-y: nothing to change\n/) as string,
    });
    expect(await machinePid(topology.name, 'qemu')).toBe(pid);
  });
});

describe('lab list', () => {
  it('shows the machine and its nodes', async () => {
    const { stdout } = await trunkline(['lab', 'list']);
    const pid = await machinePid(topology.name, 'keeper');
    expect(stdout).toMatch(
      new RegExp(
        `^${topology.name}  ${topology.file}\n  in a virtual machine, pid ${String(pid)}: kernel \\S+-cloud-amd64, `,
        'm',
      ),
    );
    const { labs } = JSON.parse((await trunkline(['lab', 'list', '--json'])).stdout) as {
      readonly labs: readonly { readonly topology: string; readonly nodes: readonly { readonly name: string }[] }[];
    };
    const own = labs.find((each) => each.topology === topology.name);
    expect(own).toMatchObject({ file: topology.file, machine: { state: 'standing', pid, reason: null } });
    expect(own?.nodes.map(({ name }) => name)).toEqual([
      'crm1',
      'db1',
      'gw-x',
      'gw-y',
      'internet',
      'shop1',
      'shop2',
      'vgw-1@gw-x',
    ]);
  });
});

describe('lab exec', () => {
  it('gives output, error output and exit code of a command in a node of the machine', async () => {
    const said = await exec('shop1', 'sh', '-c', 'hostname; uname -r; echo trouble >&2; exit 7');
    expect(said).toMatchObject({ exitCode: 7, stderr: 'trouble' });
    expect(said.stdout).toMatch(/^shop1\n\d\S+-cloud-amd64$/);
    expect((await exec('vgw-1@gw-x', 'ip', '-br', 'address')).stdout).toContain('192.0.2.11/24');
    expect(JSON.parse((await lab('exec', ['--json', 'db1', '--', 'hostname'])).stdout)).toMatchObject({
      stdout: 'db1\n',
      exitCode: 0,
    });
  });

  it('hands its whole input on, and says what cannot be run', async () => {
    const input = randomBytes(3_000_000);
    const { stdout } = await trunkline(['lab', 'exec', topology.file, 'crm1', '--', 'sha256sum'], { input });
    expect(stdout).toBe(`${createHash('sha256').update(input).digest('hex')}  -`);
    expect(await exec('crm1', 'no-such-program')).toMatchObject({
      exitCode: 127,
      stderr: expect.stringContaining('no-such-program') as string,
    });
    expect(await exec('crm9', 'true')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/has no node crm9[^]*crm1/) as string,
    });
  });

  it('-it: a terminal with the node’s name in the prompt, on which Ctrl-C and a new size reach the program', async () => {
    const terminal = onTerminal('lab', 'exec', '-it', topology.file, 'vgw-1@gw-x');
    await terminal.until(/vgw-1@gw-x:\/# /);
    terminal.type('tty\n');
    await terminal.until(/\/dev\/pts\/\d+/);
    await terminal.resize(41, 123);
    terminal.type('stty size\n');
    await terminal.until(/41 123/);
    terminal.type('echo $((40 + 2)) waits; sleep 1000\n');
    await terminal.until(/42 waits/);
    terminal.type('\x03');
    await terminal.until(/vgw-1@gw-x:\/# /);
    terminal.type('echo "code $?"\n');
    await terminal.until(/code 130/);
    terminal.type('exit 9\n');
    expect(await terminal.ended).toBe(9);
  });
});

describe('plan, status and apply --lab', () => {
  it('find no drift, find what somebody changed, and mend it', async () => {
    const on = (verb: string, ...words: readonly string[]): Promise<Said> =>
      trunkline([verb, topology.file, '--lab', ...words]);
    expect(await on('plan', '--detailed-exitcode')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('No changes.') as string,
    });
    expect(await on('status')).toMatchObject({ exitCode: 0 });
    await exec('gw-y', 'bridge', 'vlan', 'delete', 'vid', '102', 'dev', 'eno1');
    const drift = await on('status');
    expect(drift).toMatchObject({ exitCode: 2, stdout: expect.stringContaining('eno1') as string });
    expect(await on('apply', '--yes')).toMatchObject({ exitCode: 0 });
    expect(await on('status')).toMatchObject({ exitCode: 0 });
  });
});

describe('lab test, fail and heal', () => {
  it('meets every expectation by packets in the machine', async () => {
    const { exitCode, stdout } = await lab('test', ['--json']);
    const { passed, failed } = JSON.parse(stdout) as { readonly passed: number; readonly failed: number };
    expect({ exitCode, failed }).toEqual({ exitCode: 0, failed: 0 });
    expect(passed).toBeGreaterThan(40);
  });

  it('breaks a link: expectations that need it are no longer met; mended, they are again', async () => {
    expect(await lab('fail', ['gw-y:eno1'])).toMatchObject({ exitCode: 0 });
    expect((await lab('fail')).stdout).toContain('gw-y:eno1');
    const broken = await lab('test', ['--json']);
    expect(broken.exitCode).toBe(4);
    const { results } = JSON.parse(broken.stdout) as {
      readonly results: readonly { readonly to: string; readonly passed: boolean; readonly from: string }[];
    };
    expect(
      results.filter(({ to }) => to === '10.1.3.10:5432/tcp').map(({ from, passed }) => `${from} ${String(passed)}`),
    ).toEqual(expect.arrayContaining(['shop1 false']) as string[]);
    expect(await lab('heal', ['--all'])).toMatchObject({ exitCode: 0 });
    expect((await lab('test')).exitCode).toBe(0);
  });
});

describe('lab capture', () => {
  it.each(['file', 'stdout'] as const)('to %s: whole frames when Ctrl-C ends it', async (target) => {
    const path = join(topology.folder, 'wan.pcap');
    const words = ['vgw-1@gw-x', 'wan', ...(target === 'file' ? ['-w', path] : [])];
    const child = spawn(process.execPath, [MAIN, 'lab', 'capture', topology.file, ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    const [heard] = (await once(child.stderr, 'data')) as [Buffer];
    expect(heard.toString()).toContain('capturing on');
    expect((await exec('shop1', 'ping', '-c', '3', '-i', '0.2', '-W', '5', '203.0.113.10')).exitCode).toBe(0);
    child.kill('SIGINT');
    expect(await once(child, 'close')).toEqual([0, null]);
    const frames = readPcap(target === 'file' ? await readFile(path) : Buffer.concat(chunks));
    // Behind the masquerade: the gateway's address outside.
    expect(echoesOf(frames).filter((each) => each === '192.0.2.11 > 203.0.113.10 request')).toHaveLength(3);
    expect(echoesOf(frames)).toContain('203.0.113.10 > 192.0.2.11 reply');
  });
});

describe('a lab on this machine beside it', () => {
  it('has the same names and addresses, and neither knows of the other', async () => {
    const { topology: name } = twoHosts();
    const file = join(topology.folder, 'beside.yaml');
    await writeFile(file, twoHostsText(name));
    try {
      expect(await trunkline(['lab', 'up', file])).toMatchObject({ exitCode: 0 });
      const both = await Promise.all([trunkline(['lab', 'test', file]), lab('test')]);
      expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
      expect(await trunkline(['lab', 'up', '--vm', file])).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(/runs on this machine's own kernel[^]*trunkline lab down --topology/) as string,
      });
    } finally {
      expect((await trunkline(['lab', 'down', file])).exitCode).toBe(0);
    }
    expect((await exec('shop1', 'hostname')).stdout).toBe('shop1');
  });
});

describe('a machine that ignores us', () => {
  it('is told of by every command within bounds, and goes on where it left off when it can', async () => {
    const qemu = await machinePid(topology.name, 'qemu');
    const running = exec('db1', 'sh', '-c', 'echo begun; sleep 1; echo done; sleep 100000');
    await sleep(4000);
    process.kill(qemu, 'SIGSTOP');
    try {
      const [exec, listed, up, cut] = await Promise.all([
        lab('exec', ['db1', '--', 'true']),
        trunkline(['lab', 'list']),
        lab('up'),
        running,
      ]);
      for (const said of [exec, up]) {
        expect(said).toMatchObject({ exitCode: 1 });
        expect(said.stderr).toContain(`The virtual machine of the lab of ${topology.name} does not answer`);
        expect(said.stderr).toContain(`trunkline lab down --topology ${topology.name}`);
      }
      expect(listed.stdout).toContain(`does not answer: trunkline lab down --topology ${topology.name} removes it`);
      expect(cut).toMatchObject({
        exitCode: 125,
        stdout: 'begun\ndone',
        stderr: 'the virtual machine does not answer',
      });
    } finally {
      process.kill(qemu, 'SIGCONT');
    }
    expect(await exec('db1', 'hostname')).toMatchObject({ exitCode: 0, stdout: 'db1' });
  });

  it('is removed by lab down all the same', async () => {
    const pids = await Promise.all(
      (['keeper', 'qemu', 'files'] as const).map((each) => machinePid(topology.name, each)),
    );
    expect(pids.every((pid) => pid > 1)).toBe(true);
    process.kill(pids[1] ?? 0, 'SIGSTOP');
    expect(await lab('down')).toMatchObject({ exitCode: 0 });
    expect(await Promise.all(pids.map(isLiving))).toEqual([false, false, false]);
    expect((await trunkline(['lab', 'list'])).stdout).not.toContain(topology.name);
    expect(await exec('db1', 'true')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('No lab of') as string,
    });
  });
});
