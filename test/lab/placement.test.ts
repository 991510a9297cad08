import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Model } from '../../server/flow/model.ts';
import {
  execPrefix,
  labConnection,
  labDown,
  labRun,
  labTest,
  labUp,
  openLab,
  reattach,
} from '../../server/lab/index.ts';
import type { Lab } from '../../server/lab/index.ts';
import { compileText } from '../../server/model/compile-file.ts';
import { modelWithout } from '../../server/model/placement/elsewhere.ts';
import { applyModel, planModel } from '../../server/run/apply.ts';
import { withWhereabouts } from '../../server/run/whereabouts.ts';
import { runSucceeded } from '../../server/run/plans.ts';

/** Untagged, so that it runs on any kernel: `far` is on the right only when somebody there is on it. */
const POOL = `
networks:
  lan: { subnet: 10.7.0.0/24 }
  far: { subnet: 10.7.1.0/24 }
hosts:
  left:
    access: ssh://root@left.example.net
    capacity: { cpus: 4, memory: 8G }
    bridges: { br-lan: { ports: [eno1], networks: [lan] }, br-far: { ports: [{ eno2: { fabric: far } }], networks: [far] } }
  right:
    access: ssh://root@right.example.net
    capacity: { cpus: 4, memory: 8G }
    bridges: { br-lan: { ports: [eno1], networks: [lan] }, br-far: { ports: [{ eno2: { fabric: far } }], networks: [far] } }
guests:
  here:  { on: left, nics: { lan: 10.7.0.10, far: 10.7.1.10 } }
  there: { on: right, nics: { lan: 10.7.0.11 }, listens: [80/tcp] }
  near:  { on: right, nics: { lan: 10.7.0.12 } }
  moves: { on: left, nics: { lan: 10.7.0.20, far: 10.7.1.20 }, listens: [80/tcp], protection: protected, needs: { memory: 2G } }
expect:
  - { allow: [80/tcp, icmp], from: [here, there, near], to: moves }
  - { allow: 80/tcp, from: [there, near], to: moves, even-without: left }
  - { allow: 80/tcp, from: here, to: there }
`;

function poolModel(name: string, change: (text: string) => string = (text) => text): Model {
  const { model, diagnostics } = compileText({ file: 'pool.yaml', text: `topology: ${name}\n${change(POOL)}` });
  if (model === null) throw new Error(JSON.stringify(diagnostics));
  return model;
}

const moved = (text: string): string => text.replace('moves: { on: left', 'moves: { on: right');

/** As `apply --lab` does it. */
async function applyHere(model: Model, lab: Lab, hosts = [...model.hosts.keys()]): Promise<void> {
  const run = await applyModel(model, (host) => labConnection(lab, host.name), { hosts });
  expect(runSucceeded(run), JSON.stringify(run)).toBe(true);
  await reattach(model, lab);
}

/** Two hundred packets a second until it is asked how many were sent and came back. */
function stream(lab: Lab, from: string, to: string): () => Promise<{ readonly sent: number; readonly back: number }> {
  const script = 'ping -q -n -i 0.005 -W 1 "$1" & p=$!; read -r _; kill -INT $p; wait $p';
  const child = spawn('env', [...execPrefix(lab, from), 'sh', '-c', script, 'sh', to], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [closed, output] = [once(child, 'close'), textOf(child.stdout)];
  return async () => {
    child.stdin.end('\n');
    await closed;
    const [, sent = '', back = ''] = /(\d+) packets transmitted, (\d+) received/.exec(await output) ?? [];
    return { sent: Number(sent), back: Number(back) };
  };
}

describe('a guest whose host is another one in the file', () => {
  const name = `lab-${randomBytes(4).toString('hex')}`;
  const [before, after] = [poolModel(name), poolModel(name, moved)];
  let lab: Lab;
  const links = async (host: string): Promise<string> =>
    (await labRun(lab, host, ['ip', '-o', 'link', 'show'])).stdout.replaceAll(/qlen \d+|^\d+: /gm, '');

  beforeAll(async () => {
    ({ lab } = await labUp(before));
  });
  afterAll(() => labDown(name));

  it('moves with its networks and addresses, and nobody else loses a packet', async () => {
    const port = before.guests.get('moves')?.nics[0]?.port ?? '';
    expect(port).not.toBe('');
    expect(await links('left')).toContain(port);
    const streams = {
      across: stream(lab, 'here', '10.7.0.11'),
      beside: stream(lab, 'near', '10.7.0.11'),
      moves: stream(lab, 'near', '10.7.0.20'),
    };
    await applyHere(after, lab);
    const [across, beside, moves] = await Promise.all([streams.across(), streams.beside(), streams.moves()]);
    expect(across.sent).toBeGreaterThan(50);
    expect(beside.sent).toBeGreaterThan(50);
    expect([across.back, beside.back]).toEqual([across.sent, beside.sent]);
    // What is seen to get through is seen to stop as well: the one that moved was away for a moment.
    expect(moves.back).toBeLessThan(moves.sent);
    expect(await links('left')).not.toContain(port);
    expect(await links('right')).toContain(port);
    expect(await labTest(after, lab)).toMatchObject({ failed: 0 });
    const plan = await planModel(after, (host) => labConnection(lab, host.name));
    expect(plan.hosts.flatMap(({ steps }) => steps)).toEqual([]);
  });

  it('and back again, as if it had never been away', async () => {
    await applyHere(before, lab);
    expect(await labTest(before, lab)).toMatchObject({ failed: 0 });
  });

  it('is lost with its host, is started on the other one, and answers there', async () => {
    const without = modelWithout(before, ['left']);
    expect(without.guests.get('moves')?.host).toBe('right');
    await applyHere(without, lab, ['right']);
    expect((await labRun(lab, 'near', ['ping', '-c', '1', '-W', '1', '10.7.0.20'])).exitCode).toBe(0);
    // The lost host is as it was, but for the cable of who went.
    expect((await labRun(lab, 'here', ['ping', '-c', '1', '-W', '1', '10.7.0.11'])).exitCode).toBe(0);
    const { run } = await labUp(before);
    expect(runSucceeded(run)).toBe(true);
    expect(await labTest(before, await openLab(name))).toMatchObject({ failed: 0 });
  });
});

describe('a guest whose host the file leaves open', () => {
  it('stays where it is, and goes where there is room once it no longer fits', async () => {
    const name = `lab-${randomBytes(4).toString('hex')}`;
    const open = (text: string): string => text.replace('moves: { on: left', 'moves: { on: auto');
    const full = (text: string): string => open(text).replace('here:  { on', 'here:  { needs: { memory: 8G }, on');
    const before = poolModel(name, (text) =>
      poolModel(name, open).guests.get('moves')?.host === 'left' ? moved(text) : text,
    );
    const host = before.guests.get('moves')?.host;
    try {
      const { lab } = await labUp(before);
      const here = (host: Parameters<typeof labConnection>[1]) => labConnection(lab, host);
      const model = poolModel(name, open);
      expect(model.guests.get('moves')?.host).not.toBe(host);
      const stays = await withWhereabouts(model, here);
      expect(stays.guests.get('moves')?.host).toBe(host);
      expect((await planModel(stays, here)).summary).toMatchObject({ add: 0, change: 0, remove: 0, replace: 0 });
      if (host === 'right') await applyHere(poolModel(name), lab);
      const goes = await withWhereabouts(poolModel(name, full), here);
      expect(goes.guests.get('moves')?.host).toBe('right');
      await applyHere(goes, lab);
      expect(await labTest(goes, lab)).toMatchObject({ failed: 0 });
    } finally {
      await labDown(name);
    }
  });
});

describe('a lab test without a host', () => {
  it('is not passed where the other hosts have no room', async () => {
    const name = `lab-${randomBytes(4).toString('hex')}`;
    const model = poolModel(name, (text) =>
      text.replaceAll('memory: 2G', 'memory: 7G').replace('near:  { on', 'near:  { needs: { memory: 4G }, on'),
    );
    expect(modelWithout(model, ['left'])).toBe(model);
    try {
      const { lab } = await labUp(model);
      const { results } = await labTest(model, lab);
      const unmet = results.filter(({ passed }) => !passed);
      expect(unmet.map(({ from, to, without }) => [from, to, without])).toEqual([
        ['near', '10.7.0.20:80/tcp', 'left'],
        ['there', '10.7.0.20:80/tcp', 'left'],
      ]);
      expect(results.filter(({ passed }) => passed).length).toBeGreaterThan(4);
    } finally {
      await labDown(name);
    }
  });
});

describe('a host that is thrown out of the window', () => {
  it('is back from the file alone, with all that was on it', async () => {
    const name = `lab-${randomBytes(4).toString('hex')}`;
    const model = poolModel(name);
    try {
      const { lab } = await labUp(model);
      const pid = lab.nodes.get('left')?.pid ?? 0;
      expect(pid).toBeGreaterThan(1);
      process.kill(pid, 'SIGKILL');
      await expect.poll(async () => (await openLab(name)).nodes.has('left')).toBe(false);
      const { run } = await labUp(model);
      expect(runSucceeded(run)).toBe(true);
      const back = await openLab(name);
      expect(back.nodes.get('left')?.pid).not.toBe(pid);
      expect(await labTest(model, back)).toMatchObject({ failed: 0 });
    } finally {
      await labDown(name);
    }
  });
});
