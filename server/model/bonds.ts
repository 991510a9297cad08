/** In: what the passes settled. Out: the bonds of a host. Like `hosts.ts` it decides nothing. */
import type { Bond } from '../flow/model.ts';
import type { BondEntry, HostEntry } from '../flow/topology.ts';
import { stackNics } from './host-stack.ts';
import { macOfName } from './mac.ts';
import { compareText } from './report.ts';
import type { Settled } from './settled.ts';

export function buildBonds(entry: HostEntry, settled: Settled): readonly Bond[] {
  return [...entry.bonds.values()]
    .sort((a, b) => compareText(a.name, b.name))
    .map((bond) => buildBond(entry, bond, settled));
}

function buildBond(entry: HostEntry, bond: BondEntry, settled: Settled): Bond {
  const { name, place, mode, hash, primary, ports } = bond;
  const networks = networksOn(entry, name, settled);
  return {
    device: name,
    place,
    mode: mode?.value ?? 'active-backup',
    hash: hash?.value ?? null,
    primary: primary?.value ?? null,
    ports: [...ports].sort((a, b) => compareText(a.device, b.device)),
    mac: bondMac(entry, name, settled),
    mtu: Math.max(0, ...networks.map((network) => settled.mtus.get(network) ?? 0)) || settled.defaultMtu,
  };
}

function networksOn(entry: HostEntry, bond: string, settled: Settled): readonly string[] {
  const bridges = (settled.wiring.get(entry.name)?.bridges ?? []).filter((bridge) => isPort(bridge.entry, bond));
  const bare = stackNics(settled.topology, entry)
    .filter(({ port }) => port?.value === bond)
    .map(({ name }) => name);
  return [...bare, ...bridges.flatMap(({ carries }) => carries.map(({ network }) => network))];
}

function isPort({ ports }: { readonly ports: readonly { readonly device: string }[] }, device: string): boolean {
  return ports.some((port) => port.device === device);
}

/**
 * Made from names, so that neither a lost port nor a host built anew changes it. In a bridge that somebody else made it is a
 * high one: such a bridge may take the lowest MAC of its ports.
 */
function bondMac(entry: HostEntry, bond: string, { topology, macs }: Settled): string {
  const nic = stackNics(topology, entry).find(({ port }) => port?.value === bond);
  const written = nic === undefined ? null : macs.ofHost(entry.name, nic.name);
  const made = macOfName(topology.name, 'bond', entry.name, bond);
  const guest = [...entry.bridges.values()].some((bridge) => bridge.existing?.value === true && isPort(bridge, bond));
  return written ?? (guest ? `fe${made.slice(2)}` : made);
}
