/**
 * In: a model and its probes. Out: the same probes in waves, one to be sent after the other. All network namespaces of a kernel
 * share one table of neighbours for each family; where it is full, packets are dropped as if a filter had done it. A wave
 * needs no more of them than there is room for.
 */
import type { Family } from '../core/address.ts';
import type { Model } from '../flow/model.ts';
import type { Probe, ProbePlan } from '../flow/probe.ts';
import { INTERNET } from './lab.ts';

export interface Wave {
  readonly allowed: readonly Probe[];
  readonly denied: readonly Probe[];
}

/** How many neighbours the nodes may have between them, by family. */
export type Room = Readonly<Record<Family, number>>;

/** The rest of a wave is for what is denied to the same nodes. */
const FOR_ALLOWED = 3 / 4;

interface OpenWave {
  readonly allowed: Probe[];
  readonly denied: Probe[];
  readonly neighbours: Readonly<Record<Family, Set<string>>>;
}

/**
 * Senders stay together as far as that goes, and what is denied comes with what is allowed to the same node: it is sent after
 * that, when the ways there are known.
 */
export function wavesOf(model: Model, { probes, temporary }: ProbePlan, room: Room): readonly Wave[] {
  const networks = networksOf(model, temporary);
  const waves: OpenWave[] = [];
  const homes = new Map<string, OpenWave>();
  const place = (probe: Probe, first: OpenWave | undefined): OpenWave => {
    const needed = neighboursFor(probe, networks);
    const most = room[probe.family] * (probe.want === 'allow' ? FOR_ALLOWED : 1);
    const chosen = [first, waves.at(-1)].find(
      (wave) => wave !== undefined && fits(wave.neighbours[probe.family], needed, most),
    );
    const wave = chosen ?? openWave(waves);
    for (const each of needed) wave.neighbours[probe.family].add(each);
    return wave;
  };
  for (const probe of bySender(probes, 'allow')) {
    const wave = place(probe, undefined);
    wave.allowed.push(probe);
    homes.set(probe.from.node, wave);
    homes.set(targetOf(probe), wave);
  }
  // Every wave has to do with it.
  homes.delete(INTERNET);
  for (const probe of bySender(probes, 'deny'))
    place(probe, homes.get(targetOf(probe)) ?? homes.get(probe.from.node)).denied.push(probe);
  return waves;
}

function bySender(probes: readonly Probe[], want: Probe['want']): readonly Probe[] {
  const wanted = probes.filter((probe) => probe.want === want);
  return [...Map.groupBy(wanted, (probe) => probe.from.node).values()].flat();
}

function openWave(waves: OpenWave[]): OpenWave {
  const wave: OpenWave = { allowed: [], denied: [], neighbours: { 4: new Set(), 6: new Set() } };
  waves.push(wave);
  return wave;
}

function fits(known: ReadonlySet<string>, needed: readonly string[], most: number): boolean {
  return known.size + needed.filter((each) => !known.has(each)).length <= most;
}

function targetOf({ target, to }: Probe): string {
  return target?.node ?? to.node ?? '';
}

/** `a>b`: a knows b; without a name, it is some router on the way. Nothing is known yet beyond where a denial ends. */
function neighboursFor(probe: Probe, networks: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const from = probe.from.node;
  const [to, target] = [probe.to.node ?? '', targetOf(probe)];
  const near = [...(networks.get(from) ?? [])].some((network) => networks.get(to)?.has(network) === true);
  const first = near ? to : '';
  const last = near && target === to ? [] : [`${target}>`, `>${target}`];
  return [`${from}>${first}`, `${first}>${from}`, ...(probe.want === 'allow' ? last : [])];
}

function networksOf(model: Model, temporary: ProbePlan['temporary']): ReadonlyMap<string, ReadonlySet<string>> {
  const external = [...model.networks.values()].filter((network) => network.external).map(({ name }) => name);
  const networks = new Map<string, ReadonlySet<string>>([[INTERNET, new Set(external)]]);
  for (const { name, nics } of [...model.guests.values(), ...model.hosts.values()])
    networks.set(name, new Set(nics.map(({ network }) => network)));
  for (const { members, nics } of model.gateways.values())
    for (const { name } of members) networks.set(name, new Set(nics.map(({ network }) => network)));
  for (const { node, network } of temporary) networks.set(node, new Set([network]));
  return networks;
}
