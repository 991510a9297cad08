/**
 * What a topology says is on a host already: bridges that somebody else made, and the interfaces of machines that somebody else
 * runs. The lab stands in for them: it makes what the plan will find, before the plan runs.
 */
import type { Attachment, Bridge, Model } from '../flow/model.ts';
import { runIp } from './enter.ts';
import { nodeOf } from './lab.ts';
import type { Lab } from './lab.ts';
import { nicName } from './nic-name.ts';
import { eachLimited } from './tool.ts';
import { linkNames } from './wires.ts';

export async function makeWhatIsFound(model: Model, lab: Lab): Promise<void> {
  await eachLimited(model.hosts.values(), 4, async (host) => {
    const bridges = host.bridges.filter(({ existing }) => existing);
    const machines = host.attachments.filter(({ peer }) => peer === null);
    if (bridges.length + machines.length === 0) return;
    const there = await linkNames(nodeOf(lab, host.name));
    const missing = <T extends { readonly device: string }>(list: readonly T[]): readonly T[] =>
      list.filter(({ device }) => !there.has(device));
    const lines = [
      ...missing(bridges).flatMap(bridgeLines),
      ...missing(machines).map((each) => machineLine(lab, each)),
    ];
    await runIp(`make what is found on ${host.name}`, nodeOf(lab, host.name), lines);
  });
}

/** With a default PVID, as bridges have that nobody thought about. */
function bridgeLines({ device, mac, mtu, vlanAware }: Bridge): string[][] {
  const filtering = vlanAware ? ['vlan_filtering', '1'] : [];
  return [
    ['link', 'add', 'name', device, 'address', mac, 'type', 'bridge', 'stp_state', '0', ...filtering],
    ['link', 'set', 'dev', device, 'mtu', String(mtu), 'up'],
  ];
}

/** The machine has the other end, and calls it like its network. */
function machineLine(lab: Lab, { device, owner, network }: Attachment): string[] {
  const far = ['name', nicName(network), 'netns', String(nodeOf(lab, owner.name).pid)];
  return ['link', 'add', 'name', device, 'type', 'veth', 'peer', ...far];
}
