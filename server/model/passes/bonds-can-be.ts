/**
 * In: the resolved hosts. Out: nothing; says what the kernel would refuse of a bond, or take without a word and do nothing
 * with: options have a meaning in some modes only (bonding(7)).
 */
import { nearest } from '../../core/nearest.ts';
import type { BondMode } from '../../flow/model.ts';
import type { BondEntry, HostEntry, Topology } from '../../flow/topology.ts';
import type { Notes } from '../report.ts';
import { listNames } from '../report.ts';

const WITH_PRIMARY: ReadonlySet<BondMode> = new Set<BondMode>(['active-backup', 'balance-tlb', 'balance-alb']);
const WITH_HASH: ReadonlySet<BondMode> = new Set<BondMode>(['balance-xor', '802.3ad', 'balance-tlb']);
const DEFAULT_MODE: BondMode = 'active-backup';

export function checkBonds(topology: Topology, notes: Notes): void {
  for (const host of topology.hosts.values()) {
    for (const bond of host.bonds.values()) {
      checkOptions(host, bond, notes);
      checkNesting(host, bond, notes);
      warnOfUnusedBond(host, bond, notes);
    }
  }
}

function checkOptions(host: HostEntry, bond: BondEntry, notes: Notes): void {
  const { name, primary, hash, ports } = bond;
  const mode = bond.mode?.value ?? DEFAULT_MODE;
  const devices = ports.map(({ device }) => device);
  if (primary !== null && !devices.includes(primary.value)) {
    const guess = nearest(primary.value, devices);
    notes.report(
      'bond-option',
      primary.place,
      `${primary.value} is not a port of bond ${name} of host ${host.name}, so it cannot be preferred; the ports are ${listNames(devices)}.`,
      { hint: guess === undefined ? 'name one of its ports' : `did you mean \`${guess}\`?` },
    );
  }
  if (primary !== null && !WITH_PRIMARY.has(mode)) {
    notes.report('bond-option', primary.place, `In mode ${mode} all ports of a bond work at once: none is preferred.`, {
      hint: `remove \`primary\`, or choose active-backup, balance-tlb or balance-alb`,
    });
  }
  if (hash !== null && !WITH_HASH.has(mode)) {
    notes.report('bond-option', hash.place, `In mode ${mode} no hash decides which port a flow takes.`, {
      hint: `remove \`hash\`, or choose balance-xor, 802.3ad or balance-tlb`,
    });
  }
}

function checkNesting(host: HostEntry, bond: BondEntry, notes: Notes): void {
  for (const { device, place } of bond.ports) {
    if (!host.bonds.has(device)) continue;
    notes.report(
      'bond-in-bond',
      place,
      `${device} is a bond of host ${host.name} itself; the kernel joins ports only.`,
      {
        hint: `list the ports of ${device} in one bond`,
      },
    );
  }
}

function warnOfUnusedBond(host: HostEntry, bond: BondEntry, notes: Notes): void {
  const inBridge = [...host.bridges.values()].some(({ ports }) => ports.some(({ device }) => device === bond.name));
  const bare = [...host.nics.values()].some(({ port }) => port?.value === bond.name);
  const nested = [...host.bonds.values()].some(({ ports }) => ports.some(({ device }) => device === bond.name));
  if (inBridge || bare || nested) return;
  notes.report('unused', bond.place, `Bond ${bond.name} of host ${host.name} is in no bridge, and no NIC uses it.`, {
    hint: `write it where a port stands: \`bridges: { br0: { ports: [${bond.name}] } }\`, or remove it`,
  });
}
