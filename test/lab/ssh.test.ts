/** Hosts of a lab over real ssh. */
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Model } from '../../server/flow/model.ts';
import type { RunResult } from '../../server/flow/run.ts';
import { labConnection, labRun, labTest, labTestText, labUp, openLab } from '../../server/lab/index.ts';
import type { Lab } from '../../server/lab/index.ts';
import { endConnections } from '../../server/lab/ssh/settle.ts';
import { compileText } from '../../server/model/compile-file.ts';
import { applyModel, destroyModel, planModel } from '../../server/run/apply.ts';
import { twoHosts, withLabs } from './two-hosts.ts';

const NAME = `lab-${randomBytes(4).toString('hex')}`;
/** Names that mean something to ssh, to the kernel or to a shell, or that are as long as names get. */
const ODD = ['none', 'match', 'host', 'all', 'lo', 'default', 'root', 'a', 'b-', 'c--d', 'exec', `l${'o'.repeat(61)}g`];

const TWENTY = [...ODD, ...Array.from({ length: 19 - ODD.length }, (_, index) => `h${String(index)}`), 'busy'];

/** Every host has a guest, and `busy` so many more. */
function hostsWithGuests(hosts: readonly string[], guests: number): Model {
  const lines = [
    `topology: ${NAME}`,
    'networks:',
    '  lan: { subnet: 10.1.0.0/16 }',
    'hosts:',
    ...hosts.flatMap((host, index) => [
      `  ${host}:`,
      `    access: ssh://root@192.0.2.${String(index + 1)}`,
      '    bridges:',
      '      br-lan: { ports: [eno1], networks: [lan] }',
    ]),
    'guests:',
    ...hosts.map((host, index) => `  g${String(index)}: { on: ${host}, nics: { lan: 10.1.0.${String(index + 1)} } }`),
    ...Array.from(
      { length: guests },
      (_, index) => `  more${String(index)}: { on: busy, nics: { lan: 10.1.1.${String(index + 1)} } }`,
    ),
    'expect:',
    `  - { allow: icmp, from: g0, to: g${String(hosts.length - 1)} }`,
  ];
  return compiled(lines.join('\n'));
}

function compiled(text: string): Model {
  const { model, diagnostics } = compileText({ file: 'ssh.yaml', text: `${text}\n` });
  if (model === null) throw new Error(JSON.stringify(diagnostics));
  return model;
}

const over = (lab: Lab) => (host: { readonly name: string }) => labConnection(lab, host.name);

async function logOf(lab: Lab, host: string): Promise<string> {
  return (await labRun(lab, host, ['cat', '/run/trunkline-sshd/log'])).stdout;
}

const times = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

function expectApplied(run: RunResult): void {
  expect(run.hosts.filter((each) => !each.verified || each.failure !== null)).toEqual([]);
}

it('twenty hosts come up, are verified, show no drift, and are destroyed; each over two connections, whatever the plan’s size', async () => {
  const model = hostsWithGuests(TWENTY, 40);
  await withLabs([model], async () => {
    const { lab, run } = await labUp(model, { ssh: true });
    expect(lab.ssh).toBe(true);
    expect(run.hosts).toHaveLength(20);
    expectApplied(run);
    expect(labTestText(await labTest(model, lab))).toContain(' 0 failed');
    const plan = await planModel(model, over(lab));
    expect(plan.hosts.flatMap((host) => host.steps)).toEqual([]);
    expect((await readdir(lab.folder)).filter((name) => name.endsWith('.c'))).toHaveLength(20);

    const logs = await Promise.all(
      [...model.hosts.keys()].map(async (host) => ({ host, log: await logOf(lab, host) })),
    );
    expect(logs.filter(({ log }) => times(log, /^Connection from/gm) !== 2)).toEqual([]);
    // To plan and apply, to confirm (over a connection of its own), to plan again: `busy` takes no more than the others.
    expect(new Set(logs.map(({ log }) => times(log, /^Starting session/gm)))).toEqual(new Set([3]));

    const gone = await destroyModel(model, over(lab));
    expectApplied(gone);
    const left = await planModel(model, over(lab));
    expect(left.hosts.map((host) => host.unchanged)).toEqual(Array.from({ length: 20 }, () => 0));
  });
}, 240_000);

it('a host with another key than the lab gave it gets no byte of a plan, and `lab up` gives it its own again', async () => {
  const model = twoHosts();
  await withLabs([model], async () => {
    const { lab } = await labUp(model, { ssh: true });
    const links = async (): Promise<string> => (await labRun(lab, 'left', ['ip', '-br', 'address'])).stdout;
    const before = await links();
    const other = [
      'cd /run/trunkline-sshd && rm host_key && ssh-keygen -q -t ed25519 -N "" -f host_key',
      'kill -HUP "$(cat pid)"; while ! tail -n 1 log | grep -q "^Server listening"; do sleep 0.05; done; wc -c <log',
    ].join('\n');
    const length = Number((await labRun(lab, 'left', ['sh', '-c', other])).stdout);
    await endConnections(lab.folder, 'exit');
    const refused = await destroyModel(model, over(lab)).catch((error: unknown) => error);
    expect(refused).toMatchObject({ kind: 'host-identity' });
    expect((await logOf(lab, 'left')).slice(length)).not.toMatch(/Accepted|Postponed|Starting session/);
    expect(await links()).toBe(before);

    const again = await labUp(model, { ssh: true });
    expectApplied(again.run);
    expect((await planModel(model, over(again.lab))).hosts.flatMap((host) => host.steps)).toEqual([]);
  });
}, 120_000);

it('an sshd that is killed in the middle of an apply: said, with what to do; `lab up` converges', async () => {
  const before = hostsWithGuests(['other', 'busy'], 0);
  const model = hostsWithGuests(['other', 'busy'], 150);
  await withLabs([before], async () => {
    const { lab } = await labUp(before, { ssh: true });
    const kill = 'for p in /proc/[0-9]*; do [ "$(cat "$p/comm" 2>/dev/null)" != sshd ] || kill -9 "${p#/proc/}"; done';
    let killing: Promise<unknown> | undefined;
    const result = await applyModel(model, over(lab), {
      hosts: ['busy'],
      progress: (line) => {
        if (line.startsWith('busy:')) killing ??= labRun(lab, 'busy', ['sh', '-c', kill]);
      },
    });
    await killing;
    expect(result.hosts).toMatchObject([
      {
        result: 'failed',
        verified: false,
        failure: { kind: 'host-unreachable', toDo: [expect.stringContaining('busy'), expect.any(String)] },
      },
    ]);
    const again = await labUp(model, { ssh: true });
    expectApplied(again.run);
    expect((await planModel(model, over(again.lab))).hosts.flatMap((host) => host.steps)).toEqual([]);
  });
}, 240_000);

it('comes and goes with the option, and is the same lab otherwise', async () => {
  const model = twoHosts();
  const linksOf = async (lab: Lab): Promise<string> => (await labRun(lab, 'left', ['ip', '-br', 'link'])).stdout;
  const sshdsOf = async (lab: Lab): Promise<string> => (await labRun(lab, 'left', ['pgrep', '-x', 'sshd'])).stdout;
  await withLabs([model], async () => {
    const plain = await labUp(model);
    const without = await linksOf(plain.lab);
    const { lab, run } = await labUp(model, { ssh: true });
    expectApplied(run);
    expect(await linksOf(lab)).toContain('_management');
    expect((await labTest(model, lab)).failed).toBe(0);
    const first = await sshdsOf(lab);
    expect((await labUp(model, { ssh: true })).lab.ssh).toBe(true);
    expect((await sshdsOf(lab)).split('\n')[0]).toBe(first.split('\n')[0]);

    await labUp(model);
    const after = await openLab(model.topology);
    expect(after.ssh).toBe(false);
    expect(await linksOf(after)).toBe(without);
    expect(await sshdsOf(after)).toBe('');
    expect((await readdir(after.folder)).filter((name) => name === 'ssh' || name.endsWith('.c'))).toEqual([]);
    expect([...after.nodes.keys()].sort()).toEqual([...plain.lab.nodes.keys()].sort());
  });
}, 120_000);

it('takes no port from what is expected of the hosts themselves, ssh’s own included', async () => {
  const file = join(import.meta.dirname, '../../topologies/mail-filter/mail-filter.yaml');
  const model = compiled(
    (await readFile(file, 'utf8'))
      .replace(/^topology: .*/, `topology: ${NAME}-mail`)
      .replaceAll('allow: 22/tcp,', 'allow: [22/tcp, 64022/tcp, 64023/tcp],'),
  );
  await withLabs([model], async () => {
    const { lab, run } = await labUp(model, { ssh: true });
    expectApplied(run);
    const text = labTestText(await labTest(model, lab));
    expect(text).toMatch(/:64022\/tcp/);
    expect(text).toContain(' 0 failed');
  });
}, 120_000);
