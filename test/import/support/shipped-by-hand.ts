/** A shipped topology applied on a host of a test's own, and then left as if a person had set it up: without a mark of ours. */
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Host, Model } from '../../../server/flow/model.ts';
import type { Plan, Step } from '../../../server/flow/plan.ts';
import type { HostConnection } from '../../../server/host/connection.ts';
import { compileFile } from '../../../server/model/compile-file.ts';
import { applyModel, planModel } from '../../../server/run/apply.ts';
import { openHostNamespace } from '../../support/host-namespace.ts';
import type { HostNamespace } from '../../support/host-namespace.ts';
import { FOLDER, lifeOf } from '../../support/shipped.ts';
import { importFolder, record } from './imported.ts';
import type { ImportedHost } from './imported.ts';

export async function shippedModel(name: string): Promise<Model> {
  const set = new Map(Object.entries(lifeOf(name).set));
  const { model } = await compileFile(join(FOLDER, name, `${name}.yaml`), { set });
  if (model === null) throw new Error(`${name} does not compile`);
  return model;
}

/** The ports that a machine has from the start. */
function portsOf({ bridges, bonds, nics }: Host): readonly string[] {
  const made = new Set(bonds.map(({ device }) => device));
  const uplinks = bridges.flatMap((bridge) => bridge.uplinks.map(({ device }) => device));
  const bare = nics.flatMap(({ on, device }) => (on.type === 'port' ? [device] : []));
  const slaves = bonds.flatMap(({ ports }) => ports.map(({ device }) => device));
  return [...new Set([...uplinks, ...bare, ...slaves])].filter((each) => !made.has(each));
}

/**
 * Aliases and the group of our links go, routes get another author, tables another name (their rules are none that a person writes:
 * they have to turn up in the list), and what was kept of the run is forgotten.
 */
const BY_HAND = `
set -e
for at in '' $(ls /run/netns); do
  in=\${at:+ip netns exec $at}
  for device in $($in ip -o link | grep 'alias trunkline:' | sed 's/^[0-9]*: //; s/[@:].*//'); do
    $in ip link set dev $device alias ''
    $in ip link set dev $device group default
  done
  for family in -4 -6; do
    $in ip $family route show table main proto 201 | sed 's/ proto 201//' | while read -r route; do
      $in ip $family route del $route proto 201
      $in ip $family route add $route proto static
    done
  done
done
for family in inet bridge ip ip6; do
  for table in $(nft list tables $family | sed 's/.* //'); do
    nft list table $family $table | sed 's/trunkline/by hand/g' >/tmp/by-hand.nft
    nft delete table $family $table
    sed "s/^table $family $table/table $family hand-$table/" /tmp/by-hand.nft | nft -f -
  done
done
rm -rf /run/trunkline /etc/trunkline /var/lib/trunkline /tmp/by-hand.nft
`;

export interface ByHand {
  readonly host: HostNamespace;
  readonly imported: ImportedHost;
  readonly plan: () => Promise<Plan>;
  readonly connection: () => HostConnection;
}

export async function shippedByHand(model: Model, wanted: Host): Promise<ByHand> {
  const host = await openHostNamespace(wanted.name);
  const connection = (): HostConnection => host.connection;
  await host.run('sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0', 'net.ipv6.conf.all.accept_dad=0');
  for (const port of portsOf(wanted)) {
    await host.run('ip', 'link', 'add', 'name', port, 'type', 'veth', 'peer', 'name', `wire-${port}`);
    for (const each of [port, `wire-${port}`]) await host.run('ip', 'link', 'set', 'dev', each, 'up');
  }
  const run = await applyModel(model, connection, { hosts: [wanted.name] });
  expect(run.hosts).toMatchObject([{ failure: null }]);
  await host.run('sh', '-c', BY_HAND);
  const imported = importFolder(await record(host.connection), 'by-hand');
  return { host, imported, connection, plan: () => planModel(imported.model, connection) };
}

/** What a plan does to things that are there: everything but marks, and tables and rules of our own beside. */
export function beyondMarks(steps: readonly Step[]): readonly string[] {
  return steps.flatMap((step) => {
    if (step.kind === 'record') return [];
    if (step.action === 'add') return OWN.test(step.title) ? [] : [`add ${step.title}`];
    const lines = step.commands.flatMap((command) =>
      command.tool === 'ip' || command.tool === 'bridge' ? [command.args.join(' ')] : [command.tool],
    );
    const beyond = lines.filter((line) => !MARKING.test(line));
    return beyond.map((line) => `${step.action} ${step.title}: ${line}`);
  });
}

const OWN = /^(firewall table|NAT table|isolation|rule|route 0\.0\.0\.0\/0 .* in table|route ::\/0 .* in table)/;
const MARKING = /^link set dev \S+ (alias|group) |^(-[46] )?route replace .* proto 201/;
