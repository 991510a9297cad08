import { digest } from '../core/hash.ts';
import { shortTag } from '../core/hash.ts';
import type { BondMode, Model } from '../flow/model.ts';
import { readIp, runIp } from './enter.ts';
import { portsOf } from '../reach/world/plug-points.ts';
import type { Port } from '../reach/world/plug-points.ts';
import { nodeOf, wireName } from './lab.ts';
import type { Lab, LabNode } from './lab.ts';
import { textOf } from './tool.ts';

/** The bridge inside a wire node. */
export const WIRE_BRIDGE = 'wire';
/** More than any MTU that a topology asks of a port, so that the wire never decides what fits. */
export const WIRE_MTU = 9216;

/**
 * Plugs the hosts' ports, by their declared names, into the wires. Between two ports of a fabric there is a bridge that
 * knows nothing of VLANs: tagged frames pass as they are.
 */
export async function plugPorts(model: Model, lab: Lab): Promise<void> {
  const ports = portsOf(model);
  const fabrics = [...new Set(ports.map((port) => port.fabric))];
  const wires = fabrics.map((fabric) => nodeOf(lab, wireName(fabric)));
  const there = await linkNames(wires);
  await runIp(
    ...wires.map((node, index) => {
      const own = ports.filter((port) => port.fabric === fabrics[index]);
      const purpose = `wire up the fabric ${fabrics[index] ?? ''}`;
      return { node, purpose, lines: wireLines(model, lab, own, there[index] ?? new Set()) };
    }),
  );
  await runIp(
    ...[...model.hosts.keys()].map((host) => ({
      node: nodeOf(lab, host),
      purpose: `set the ports of ${host} up`,
      lines: ports.filter((port) => port.host === host).map(({ device }) => ['link', 'set', 'dev', device, 'up']),
    })),
  );
}

/** The names of the links of each node. */
export async function linkNames(nodes: readonly LabNode[]): Promise<readonly ReadonlySet<string>[]> {
  const read = await readIp(nodes, [['link', 'show']]);
  return read.map(([links = []]) => new Set(links.map((link) => textOf(link['ifname']))));
}

function wireLines(model: Model, lab: Lab, ports: readonly Port[], there: ReadonlySet<string>): readonly string[][] {
  const made = ports.filter((port) => !there.has(portName(port)));
  return [
    ...(there.has(WIRE_BRIDGE) ? [] : [bridgeLine()]),
    ...made.map((port) => portLine(model, lab, port)),
    ...linkAggregates(made, there),
  ];
}

function bridgeLine(): string[] {
  return `link add name ${WIRE_BRIDGE} mtu ${String(WIRE_MTU)} up type bridge stp_state 0 mcast_snooping 0`.split(' ');
}

/**
 * In these modes the host sends by several ports at once, and a switch has to know that they are one: it has a bond of its own,
 * or what goes out by the one port comes back by the other. In the other modes the host sees to that by itself.
 */
const AGGREGATED: ReadonlySet<BondMode> = new Set<BondMode>(['802.3ad', 'balance-rr', 'balance-xor', 'broadcast']);

function linkAggregates(ports: readonly Port[], there: ReadonlySet<string>): readonly string[][] {
  const lines: string[][] = [];
  const made = new Set(there);
  for (const port of ports) {
    if (port.bond === null || !AGGREGATED.has(port.bond.mode)) continue;
    const { device, mode } = port.bond;
    const name = `g-${shortTag(8, port.host, device)}`;
    if (!made.has(name)) {
      const lacp = mode === '802.3ad' ? ['lacp_rate', 'fast'] : [];
      const bond = ['type', 'bond', 'mode', mode, 'miimon', '100', ...lacp];
      lines.push(['link', 'add', 'name', name, 'mtu', String(WIRE_MTU), 'up', 'master', WIRE_BRIDGE, ...bond]);
    }
    made.add(name);
    // The kernel takes a port that is down.
    for (const words of [['nomaster'], ['down'], ['master', name], ['up']])
      lines.push(['link', 'set', 'dev', portName(port), ...words]);
  }
  return lines;
}

/** The end of a host's port on its wire. */
export function portName({ host, device }: Port): string {
  return `u-${shortTag(8, host, device)}`;
}

/** Made in one message with its far end in the host: there is no state between. */
function portLine(model: Model, lab: Lab, port: Port): string[] {
  const host = nodeOf(lab, port.host);
  const near = ['name', portName(port), 'mtu', String(WIRE_MTU), 'up', 'master', WIRE_BRIDGE];
  const far = ['name', port.device, 'address', portMac(model, port), 'netns', String(host.pid)];
  return ['link', 'add', ...near, 'type', 'veth', 'peer', ...far];
}

/** The same at every start, as a port's MAC is. */
function portMac(model: Model, { host, device }: Port): string {
  const bytes = [2, ...digest('lab port', model.topology, host, device).subarray(0, 5)];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
