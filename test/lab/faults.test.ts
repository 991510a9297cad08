import { execa } from 'execa';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '../../server/flow/model.ts';
import { effectsOf } from '../../server/lab/fault/effects.ts';
import { withoutHost } from '../../server/lab/fault/fail.ts';
import { howText, parseHow } from '../../server/lab/fault/how.ts';
import { cablesOf } from '../../server/lab/fault/targets.ts';
import {
  labConnection,
  labDown,
  labFail,
  labFaults,
  labHeal,
  labRun,
  labTargets,
  labTest,
  labUp,
  reattach,
} from '../../server/lab/index.ts';
import type { Lab } from '../../server/lab/index.ts';
import { applyModel } from '../../server/run/apply.ts';
import { twoHosts, twoHostsText } from './two-hosts.ts';

const MAIN = join(import.meta.dirname, '../../server/cli/main.ts');

describe('how a link is broken', () => {
  it.each([
    ['cut', 'cut'],
    ['one-way', 'one-way'],
    ['one-way out', 'one-way'],
    ['one-way in', 'one-way in'],
    ['loss 30%', 'loss 30%'],
    ['loss=0.5%', 'loss 0.5%'],
    ['loss 100%', 'loss 100%'],
    ['delay 50ms', 'delay 50ms'],
    ['delay  2s', 'delay 2000ms'],
  ])('%s', (written, text) => {
    expect(howText(parseHow(written))).toBe(text);
  });

  it.each([
    ...['', 'cut 3', 'one-way up', 'loss', 'loss 30', 'loss 0%', 'loss 101%', 'loss -1%', 'loss 30% 40%', 'delay 50'],
    ...['delay', 'delay 0ms', 'delay 11s', 'delay 1.5ms', 'jitter 3ms', 'cut; true'],
  ])('not by %j', (written) => {
    expect(() => parseHow(written)).toThrow(expect.objectContaining({ kind: 'usage' }));
  });
});

it('of faults that lie on one interface the worst counts, and healing one leaves the others', () => {
  const model = twoHosts();
  const fault = (target: string, how: string) => ({ target, how: parseHow(how), cables: cablesOf(model, target) });
  const [host, port, other] = [fault('left', 'cut'), fault('left:eno1', 'cut'), fault('left:eno2', 'loss 10%')];
  const at = (before: (typeof host)[], after: (typeof host)[], device: string | undefined) =>
    effectsOf(before, after)
      .flatMap(({ effects }) => effects)
      .find(({ end }) => end.device === device);
  const [first, second] = [port.cables[0]?.outer.device, other.cables[0]?.outer.device];
  expect(at([], [host, other], second)).toMatchObject({ carrier: 'down', dropsIn: 1000, dropsOut: 1000 });
  expect(at([host, port, other], [port, other], first)).toMatchObject({ carrier: 'down' });
  expect(at([host, port, other], [port, other], second)).toMatchObject({ carrier: 'up', dropsIn: 1000 });
  // What was not cut is not set up: somebody may have set it down himself.
  expect(at([other], [], second)).toMatchObject({ carrier: 'leave', dropsIn: 0 });
});

describe('a lab that is broken', () => {
  const model: Model = twoHosts();
  let lab: Lab;

  beforeAll(async () => {
    ({ lab } = await labUp(model));
  });
  afterEach(async () => {
    await labHeal(lab, null);
  });
  afterAll(() => labDown(model.topology));

  const fail = (target: string, how = 'cut') => labFail(model, lab, target, parseHow(how));
  /** Pairs of nodes and whether the one is answered by the other. */
  const answers = async (from: string, to: string): Promise<boolean> =>
    (await labRun(lab, from, ['ping', '-c', '1', '-W', '1', to])).exitCode === 0;
  const carrier = async (node: string, device: string): Promise<string> =>
    (await labRun(lab, node, ['cat', `/sys/class/net/${device}/carrier`])).stdout.trim();
  const state = async (node: string): Promise<string> =>
    (await labRun(lab, node, ['sh', '-c', 'ip -o address; ip route show table all; ip -6 route show table all'])).stdout
      .replace(/valid_lft.*/g, '')
      // Neighbours on a link that went away are asked for anew.
      .replace(/ (linkdown|dead)/g, '');

  it('a guest is cut off, keeps what it has, and the results say so', async () => {
    const before = await state('web');
    expect(await answers('other', '10.1.0.10')).toBe(true);
    await fail('web');
    expect(await carrier('web', 'lan')).toBe('0');
    expect(await answers('other', '10.1.0.10')).toBe(false);
    expect(await answers('other', '10.1.0.1')).toBe(true);
    const result = await labTest(model, lab);
    expect(result.faults).toEqual([{ target: 'web', how: 'cut' }]);
    const bad = result.results.filter(({ passed }) => !passed);
    expect(bad.every(({ note }) => note?.endsWith('meanwhile broken: web (cut)'))).toBe(true);
    expect(bad.map(({ expectation }) => expectation)).not.toContain('deny any from internet to other');
    expect(bad.length).toBeGreaterThan(5);
    await labHeal(lab, 'web');
    expect(await state('web')).toBe(before);
    expect(await carrier('web', 'lan')).toBe('1');
  });

  it('a gateway member is cut off from all its networks and loses nothing by it', async () => {
    const before = await state('gw@left');
    await fail('gw@left');
    expect([await carrier('gw@left', 'lan'), await carrier('gw@left', 'wan')]).toEqual(['0', '0']);
    expect(await answers('other', '10.1.0.1')).toBe(false);
    expect(await answers('other', '10.1.0.10')).toBe(true);
    await labHeal(lab, 'gw@left');
    expect(await state('gw@left')).toBe(before);
    expect(await answers('web', '203.0.113.10')).toBe(true);
  });

  it('a host is cut off with all that runs on it, which still reaches itself', async () => {
    await fail('left');
    expect(await carrier('left', 'eno1')).toBe('0');
    expect(await answers('other', '10.1.0.10')).toBe(false);
    expect(await answers('internet', '192.0.2.10')).toBe(false);
    expect(await answers('other', '10.1.0.1')).toBe(true);
  });

  it('one cable of several is cut, and no other', async () => {
    await fail('left:eno1');
    expect(await answers('web', '10.1.0.1')).toBe(true);
    expect(await answers('internet', '192.0.2.10')).toBe(false);
    await fail('gw@left:lan');
    expect(await answers('web', '10.1.0.1')).toBe(false);
    await labHeal(lab, 'gw@left:lan');
    expect((await labFaults(lab)).map(({ target }) => target)).toEqual(['left:eno1']);
    expect(await answers('web', '10.1.0.1')).toBe(true);
    expect(await answers('internet', '192.0.2.10')).toBe(false);
  });

  /** Of the node's ICMP counters (RFC 4293, ipIfStats' sister): what came in, whatever was answered. */
  const icmpIn = async (node: string, counter: 'InEchos' | 'InEchoReps'): Promise<number> => {
    const { stdout } = await labRun(lab, node, ['cat', '/proc/net/snmp']);
    const [names = '', values = ''] = stdout.split('\n').filter((line) => line.startsWith('Icmp: '));
    return Number(values.split(' ')[names.split(' ').indexOf(counter)]);
  };
  const ping = (from: string, to: string) => labRun(lab, from, ['ping', '-c', '20', '-i', '0.02', '-W', '1', to]);
  /** ARP goes both ways: for one-way traffic both have to know each other beforehand. */
  const knowEachOther = async (): Promise<void> => {
    const nodes = { web: '10.1.0.10', other: '10.1.0.11' };
    for (const [node, peer] of [['web', 'other'] as const, ['other', 'web'] as const]) {
      const mac = (await labRun(lab, peer, ['cat', '/sys/class/net/lan/address'])).stdout.trim();
      await labRun(lab, node, ['ip', 'neigh', 'replace', nodes[peer], 'lladdr', mac, 'dev', 'lan']);
    }
  };

  it.each([
    ['one-way', { asked: 20, answered: 0 }],
    ['one-way in', { asked: 0, answered: 0 }],
  ])('%s: frames are lost in one direction only, and the carrier stays', async (how, want) => {
    await knowEachOther();
    await fail('web', how);
    expect(await carrier('web', 'lan')).toBe('1');
    const before = [await icmpIn('web', 'InEchos'), await icmpIn('other', 'InEchoReps')] as const;
    await ping('other', '10.1.0.10');
    expect((await icmpIn('web', 'InEchos')) - before[0]).toBe(want.asked);
    expect((await icmpIn('other', 'InEchoReps')) - before[1]).toBe(want.answered);
    const heard = await icmpIn('other', 'InEchos');
    await ping('web', '10.1.0.11');
    expect((await icmpIn('other', 'InEchos')) - heard).toBe(how === 'one-way' ? 0 : 20);
    for (const node of ['web', 'other']) await labRun(lab, node, ['ip', 'neigh', 'flush', 'dev', 'lan', 'nud', 'all']);
  });

  it('loss: some frames come through and some do not, in both directions', async () => {
    await knowEachOther();
    await fail('web:lan', 'loss 50%');
    const before = [await icmpIn('web', 'InEchos'), await icmpIn('other', 'InEchoReps')] as const;
    for (let round = 0; round < 10; round += 1) await ping('other', '10.1.0.10');
    const asked = (await icmpIn('web', 'InEchos')) - before[0];
    const answered = (await icmpIn('other', 'InEchoReps')) - before[1];
    // All, none, or all of what arrived: each has a chance of less than one in 2 to the power of 60.
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThan(200);
    expect(answered).toBeGreaterThan(0);
    expect(answered).toBeLessThan(asked);
    await fail('web:lan', 'loss 100%');
    expect((await labFaults(lab)).map(({ how }) => howText(how))).toEqual(['loss 100%']);
    expect((await ping('other', '10.1.0.10')).stdout).toContain(' 0 received');
    for (const node of ['web', 'other']) await labRun(lab, node, ['ip', 'neigh', 'flush', 'dev', 'lan', 'nud', 'all']);
  });

  it('names what the kernel lacks for a delay, and breaks nothing then', async () => {
    const netem = await execa('unshare', [...'--net -- tc qdisc add dev lo root netem delay 1ms'.split(' ')], {
      reject: false,
    });
    const failing = fail('web', 'delay 50ms');
    if (netem.exitCode === 0) {
      await failing;
      const times = await labRun(lab, 'other', ['ping', '-c', '3', '10.1.0.10']);
      expect(Number(/min\/avg\/max\/mdev = ([\d.]+)/.exec(times.stdout)?.[1])).toBeGreaterThanOrEqual(100);
      return;
    }
    await expect(failing).rejects.toMatchObject({
      kind: 'unsupported',
      detail: expect.stringContaining('netem') as string,
    });
    expect(await labFaults(lab)).toEqual([]);
    expect(await answers('other', '10.1.0.10')).toBe(true);
  });

  it('what is broken stays so when a plan runs, which takes a port that is down for drift', async () => {
    await fail('web');
    const run = await applyModel(model, (host) => labConnection(lab, host));
    expect(run.hosts.map(({ host, result }) => [host, result])).toContainEqual(['right', 'applied']);
    await reattach(model, lab);
    expect(await carrier('web', 'lan')).toBe('0');
    expect((await labFaults(lab)).map(({ target }) => target)).toEqual(['web']);
  });

  it('a host that is lost during a test comes back without what else is broken', async () => {
    await fail('left:eno1');
    await withoutHost(model, lab, 'left', async () => {
      expect([await carrier('left', 'eno1'), await carrier('left', 'eno2')]).toEqual(['0', '0']);
      expect((await labFaults(lab)).map(({ target }) => target)).toEqual(['left:eno1', 'left']);
    });
    expect((await labFaults(lab)).map(({ target }) => target)).toEqual(['left:eno1']);
    expect([await carrier('left', 'eno1'), await carrier('left', 'eno2')]).toEqual(['0', '1']);
  });

  it('another `up` mends everything and says so', async () => {
    await fail('left');
    await fail('web:lan', 'loss 20%');
    const lines: string[] = [];
    const { healed } = await labUp(model, { progress: (line) => lines.push(line) });
    expect(healed).toEqual([
      { target: 'left', how: 'cut' },
      { target: 'web:lan', how: 'loss 20%' },
    ]);
    expect(lines).toContain('healed: left (cut), web:lan (loss 20%)');
    expect(await labFaults(lab)).toEqual([]);
  });

  it('takes every name that it offers', async () => {
    const targets = labTargets(model);
    expect(targets).toEqual([
      ...['gw@left', 'internet', 'left', 'other', 'right', 'web'],
      ...['gw@left:lan', 'gw@left:wan', 'internet:wan', 'left:eno1', 'left:eno2', 'other:lan', 'right:eno2', 'web:lan'],
    ]);
    for (const target of targets) await fail(target, 'one-way in');
    expect((await labTest(model, lab)).failed).toBeGreaterThan(10);
  });

  it('meets everything again after all that', async () => {
    expect((await labTest(model, lab)).failed).toBe(0);
  });

  describe('on the command line', () => {
    let folder: string;
    let file: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'lab-faults-'));
      file = join(folder, 'two-hosts.yaml');
      await writeFile(file, twoHostsText(model.topology));
    });
    afterAll(() => rm(folder, { recursive: true }));
    const trunkline = (...words: readonly string[]) =>
      execa(process.execPath, [MAIN, 'lab', ...words], { reject: false, cwd: folder });

    it('breaks, lists, mends: as text and as documents, with the file or without', async () => {
      expect(await trunkline('fail', file)).toMatchObject({
        exitCode: 0,
        stdout: `Nothing is broken in the lab of ${model.topology}.`,
      });
      expect(await trunkline('fail', file, 'web')).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('Broken: web (cut).') as string,
      });
      const loss = await trunkline('fail', 'left:eno1', '--how', 'loss', '30%', '--json');
      expect(JSON.parse(loss.stdout)).toEqual({
        formatVersion: 1,
        topology: model.topology,
        failed: { target: 'left:eno1', how: 'loss 30%' },
        faults: [
          { target: 'web', how: 'cut' },
          { target: 'left:eno1', how: 'loss 30%' },
        ],
        diagnostics: [],
      });
      expect((await trunkline('fail')).stdout).toBe('web (cut)\nleft:eno1 (loss 30%)');
      const test = await trunkline('test', '--json');
      expect(test.exitCode).toBe(4);
      expect(JSON.parse(test.stdout)).toMatchObject({ faults: [{ target: 'web' }, { target: 'left:eno1' }] });
      expect((await trunkline('heal', file, 'web')).stdout).toBe(
        'Mended: web (cut). Still broken: left:eno1 (loss 30%).',
      );
      expect(JSON.parse((await trunkline('heal', '--all', '--json')).stdout)).toMatchObject({
        healed: [{ target: 'left:eno1', how: 'loss 30%' }],
        faults: [],
      });
    });

    it.each([
      [['fail', 'wbe'], 64, /no node "wbe"\n {2}did you mean `web`\?/],
      [['fail', 'web:lna'], 64, /no link web:lna\n {2}did you mean `web:lan`\?/],
      [['fail', 'left:lan'], 64, /Of left there is left:eno1, left:eno2/],
      [['fail', 'web', '--how', 'melted'], 64, /There is cut, one-way/],
      [['fail', '--how', 'cut'], 64, /Break what\?/],
      [['fail', 'web', 'other'], 64, /One node or link at a time/],
      [['heal'], 64, /Mend what\?/],
      [['heal', 'web', '--all'], 64, /Mend what\?/],
      [['heal', 'web'], 1, /web is not broken\n {2}Nothing is\./],
      [['exec', 'wbe', '--', 'true'], 1, /no node wbe\n {2}did you mean `web`\?/],
    ])('%j: exit code %i', async (words, exitCode, says) => {
      const said = await trunkline(...words);
      expect(said.stderr).toMatch(says);
      expect(said).toMatchObject({ exitCode, stdout: '' });
    });

    it('refuses to break what is broken so already', async () => {
      expect((await trunkline('fail', 'web')).exitCode).toBe(0);
      const again = await trunkline('fail', 'web');
      expect(again.exitCode).toBe(1);
      expect(again.stderr).toMatch(/web \(cut\) is broken already/);
    });
  });
});

it('without a lab there is nothing to break', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lab-faults-'));
  try {
    const file = join(folder, 'two-hosts.yaml');
    await writeFile(file, twoHostsText(twoHosts().topology));
    const said = await execa(process.execPath, [MAIN, 'lab', 'fail', file, 'web'], { reject: false });
    expect(said.stderr).toMatch(/No lab of lab-\w+ is running\nTo do:\n {2}- Bring it up/);
    expect(said.exitCode).toBe(1);
  } finally {
    await rm(folder, { recursive: true });
  }
});
