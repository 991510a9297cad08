/**
 * What a topology says is on a host already: bridges that somebody else made, and the interfaces of machines that somebody else
 * runs. The lab stands in for them: it makes what the plan will find, before the plan runs.
 */
import type { Attachment, Bridge, Host, Model } from '../flow/model.ts';
import { runIp } from './enter.ts';
import { nodeOf } from './lab.ts';
import type { Lab } from './lab.ts';
import { nicName } from '../core/nic-name.ts';
import { linkNames } from './wires.ts';

export async function makeWhatIsFound(model: Model, lab: Lab): Promise<void> {
  const hosts = [...model.hosts.values()].filter((host) => foundOn(host).length > 0);
  const there = await linkNames(hosts.map(({ name }) => nodeOf(lab, name)));
  await runIp(
    ...hosts.map((host, index) => {
      const isMissing = ({ device }: { readonly device: string }): boolean => there[index]?.has(device) !== true;
      const lines = [
        ...bridgesOn(host).filter(isMissing).flatMap(bridgeLines),
        ...machinesOn(host)
          .filter(isMissing)
          .map((each) => machineLine(lab, each)),
      ];
      return { node: nodeOf(lab, host.name), purpose: `make what is found on ${host.name}`, lines };
    }),
  );
}

function foundOn(host: Host): readonly unknown[] {
  return [...bridgesOn(host), ...machinesOn(host)];
}

function bridgesOn({ bridges }: Host): readonly Bridge[] {
  return bridges.filter(({ existing }) => existing);
}

function machinesOn({ attachments }: Host): readonly Attachment[] {
  return attachments.filter(({ peer }) => peer === null);
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
