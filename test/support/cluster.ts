/** The gateway of `test/lab/cluster.yaml` in a lab of its own, with what its members are asked and suffer. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Model } from '../../server/flow/model.ts';
import { labConnection, labDown, labFail, labHeal, labRun, labUp } from '../../server/lab/index.ts';
import type { Lab } from '../../server/lab/index.ts';
import { compileText } from '../../server/model/compile-file.ts';
import { planModel } from '../../server/run/apply.ts';
import { pause } from './streams.ts';

export const MEMBERS = ['left', 'right'] as const;
export type Member = (typeof MEMBERS)[number];
export const OTHER: Readonly<Record<Member, Member>> = { left: 'right', right: 'left' };

/** How long the members are waited for, however starved the machine is. */
const PATIENCE_MS = 20_000;

export interface Cluster {
  readonly model: Model;
  readonly lab: Lab;
  readonly text: string;
  /** Of its files on a host. */
  readonly folder: string;
  /** On a member's host, by the shell; throws where it fails. */
  onHost(member: Member, script: string): Promise<string>;
  inside(member: Member, script: string): Promise<string>;
  /** Who has the address that all guests send to. */
  masters(): Promise<readonly Member[]>;
  onlyMaster(): Promise<Member>;
  comesTo(member: Member): Promise<void>;
  /** Whether the neighbours on both sides take the right member for the owner of the addresses. */
  neighboursKnow(): Promise<boolean>;
  /** A signal for one of its programs, by the file that has its number. */
  signal(member: Member, name: string, file: string): Promise<void>;
  /** How many steps another run would have. */
  steps(): Promise<number>;
  fail: (target: string, how: Parameters<typeof labFail>[3]) => Promise<void>;
  heal: (target: string) => Promise<void>;
  close(): Promise<void>;
}

/** Who stands next to it, by which of its interfaces, and what is asked for there. */
const SIDES = [
  ['web', 'lan', '10.1.0.1'],
  ['internet', 'wan', '192.0.2.10'],
] as const;

function macIn(line: string): string | undefined {
  return /(?:lladdr|ether) (\S+)/.exec(line)?.[1];
}

export function clusterText(topology: string): string {
  return readFileSync(join(import.meta.dirname, '../lab/cluster.yaml'), 'utf8').replace(
    'topology: cluster',
    `topology: ${topology}`,
  );
}

export function clusterModel(text: string): Model {
  const { model, diagnostics } = compileText({ file: 'cluster.yaml', text });
  if (model === null) throw new Error(JSON.stringify(diagnostics));
  return model;
}

export async function openCluster(topology: string): Promise<Cluster> {
  const text = clusterText(topology);
  const model = clusterModel(text);
  const { lab, run: up } = await labUp(model);
  const failed = up.hosts.filter(({ result }) => result !== 'applied');
  if (failed.length > 0) throw new Error(JSON.stringify(failed.map(({ host, failure }) => [host, failure])));
  const folder = `/run/trunkline/services/${topology}-gw`;
  const run = async (node: string, script: string): Promise<string> => {
    const { exitCode, stdout, stderr } = await labRun(lab, node, ['sh', '-c', script]);
    if (exitCode !== 0) throw new Error(`${script} on ${node}: ${stderr}`);
    return stdout;
  };
  const onHost = (member: Member, script: string): Promise<string> => run(member, script);
  const inside = (member: Member, script: string): Promise<string> => run(`gw@${member}`, script);
  const masters = async (): Promise<readonly Member[]> => {
    const held = await Promise.all(
      MEMBERS.map(async (member) => (await inside(member, 'ip -o addr show dev lan')).includes(' 10.1.0.1/24 ')),
    );
    return MEMBERS.filter((_, index) => held[index]);
  };
  const onlyMaster = async (): Promise<Member> => {
    const end = Date.now() + PATIENCE_MS;
    do {
      const [one, other] = await masters();
      if (one !== undefined && other === undefined) return one;
      await pause(50);
    } while (Date.now() < end);
    throw new Error(`there is not one master: ${(await masters()).join(', ')}`);
  };
  // The kernel would take up a connection in its middle, and hide that nobody told it of it.
  for (const member of MEMBERS) await inside(member, 'echo 0 >/proc/sys/net/netfilter/nf_conntrack_tcp_loose');
  return {
    model,
    lab,
    text,
    folder,
    onHost,
    inside,
    masters,
    onlyMaster,
    async comesTo(member) {
      const end = Date.now() + PATIENCE_MS;
      while ((await onlyMaster()) !== member)
        if (Date.now() > end) throw new Error(`it does not come to ${member}`);
        else await pause(50);
    },
    async neighboursKnow() {
      const master = await onlyMaster();
      const known = await Promise.all(
        SIDES.map(async ([node, device, address]) => {
          const believed = macIn(await run(node, `ip -o neigh show ${address}`));
          return believed !== undefined && believed === macIn(await inside(master, `ip -o link show dev ${device}`));
        }),
      );
      return !known.includes(false);
    },
    async signal(member, name, file) {
      await onHost(member, `kill -${name} "$(cat ${folder}/${file})"`);
    },
    async steps() {
      const plan = await planModel(model, (host) => labConnection(lab, host));
      return plan.hosts.flatMap((host) => host.steps).length;
    },
    async fail(target, how) {
      await labFail(model, lab, target, how);
    },
    async heal(target) {
      await labHeal(lab, target);
    },
    async close() {
      await labDown(topology);
    },
  };
}
