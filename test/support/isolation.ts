/**
 * Members of an isolated network that try to reach each other by frames of every sort, and who hears what. A topology for it
 * has hosts `left` and `right`, a gateway `gw` on `left`, and guests on the network on both.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { addressPart, familyOf } from '../../server/core/address.ts';
import type { Model } from '../../server/flow/model.ts';
import { execPrefix, labRun } from '../../server/lab/index.ts';
import type { Lab } from '../../server/lab/index.ts';
import { nicName } from '../../server/core/nic-name.ts';
import {
  arpRequest,
  BROADCAST,
  neighbourSolicitation,
  packetTooBig,
  plainFrame,
  taggedFrame,
  udpPacket,
} from './frames.ts';

/** Somebody with a NIC on the network. */
export interface Station {
  readonly name: string;
  /** Where its NIC is, as the lab calls the node. */
  readonly node: string;
  readonly device: string;
  readonly mac: string;
  readonly addresses: readonly [v4: string, v6: string];
  readonly gateway: boolean;
  readonly guest: boolean;
}

/** Guests, the gateway's NIC, and the NICs that hosts have there. */
export function stationsOf(model: Model, network: string): readonly Station[] {
  const guests = [...model.guests.values()].flatMap(({ name, nics }) =>
    nics
      .filter((nic) => nic.network === network)
      .map((nic) => station(name, name, nicName(network), nic.mac, nic.addresses, 'guest')),
  );
  const gateways = [...model.gateways.values()].flatMap(({ nics, members }) =>
    members.flatMap((member) => {
      const own = member.nics.find((nic) => nic.network === network);
      const nic = nics.find((each) => each.network === network);
      return own && nic ? [station(member.name, member.name, own.device, own.mac, nic.addresses, 'gateway')] : [];
    }),
  );
  const hosts = [...model.hosts.values()].flatMap(({ name, nics }) =>
    nics
      .filter((nic) => nic.network === network)
      .map((nic) => station(name, name, nic.device, nic.mac ?? '', nic.addresses, 'host')),
  );
  return [...guests, ...gateways, ...hosts];
}

function station(
  name: string,
  node: string,
  device: string,
  mac: string,
  written: readonly string[],
  kind: 'guest' | 'gateway' | 'host',
): Station {
  const addresses = written.map(addressPart);
  const v4 = addresses.find((each) => familyOf(each) === 4);
  const v6 = addresses.find((each) => familyOf(each) === 6);
  if (v4 === undefined || v6 === undefined) throw new Error(`${name} has not an address of each family`);
  return { name, node, device, mac, addresses: [v4, v6], gateway: kind === 'gateway', guest: kind === 'guest' };
}

/** One frame from a station to another, with its word: `a1-b1-arp`. */
export type Trick = (from: Station, to: Station, gateway: Station) => Buffer;

const word = (from: Station, to: Station, trick: string): string => `${from.name}-${to.name}-${trick}`;

export const TRICKS: Readonly<Record<string, Trick>> = {
  plain: (from, to) => plainFrame({ from: from.mac, to: to.mac }, word(from, to, 'plain')),
  flood: (from, to) => plainFrame({ from: from.mac, to: BROADCAST }, word(from, to, 'flood')),
  unknown: (from, to) => plainFrame({ from: from.mac, to: '02:00:5e:10:00:99' }, word(from, to, 'unknown')),
  arp: (from, to) =>
    arpRequest({ from: from.mac, to: BROADCAST }, from.addresses[0], to.addresses[0], word(from, to, 'arp')),
  udp: (from, to) =>
    udpPacket({ from: from.mac, to: BROADCAST }, from.addresses[0], '255.255.255.255', word(from, to, 'udp')),
  nd: (from, to) => neighbourSolicitation(from.mac, from.addresses[1], to.addresses[1], word(from, to, 'nd')),
  tagged: (from, to) => taggedFrame({ from: from.mac, to: to.mac }, 7, word(from, to, 'tagged')),
  // As somebody else: the gateway, who is let through everywhere, or the neighbour himself.
  forged: (from, to, gateway) => plainFrame({ from: gateway.mac, to: to.mac }, word(from, to, 'forged')),
  'forged-flood': (from, to, gateway) =>
    plainFrame({ from: gateway.mac, to: BROADCAST }, word(from, to, 'forged-flood')),
  stranger: (from, to) => plainFrame({ from: '02:00:5e:10:00:77', to: to.mac }, word(from, to, 'stranger')),
  // Around by the gateway.
  routed: (from, to, gateway) =>
    udpPacket({ from: from.mac, to: gateway.mac }, from.addresses[0], to.addresses[0], word(from, to, 'routed')),
  'too-big': (from, to, gateway) =>
    packetTooBig({ from: from.mac, to: gateway.mac }, from.addresses[1], to.addresses[1], word(from, to, 'too-big')),
};

/** With a sender's MAC that is somebody else's. */
export const PRETENDED: ReadonlySet<string> = new Set(['forged', 'forged-flood', 'stranger']);

export interface Site {
  readonly lab: Lab;
  /** `frames.c`, compiled. */
  readonly program: string;
  readonly stations: readonly Station[];
}

/** Everybody sends everything to everybody; what each of them heard of it, sorted. */
export async function sendTricks(
  { lab, program, stations }: Site,
  tricks: readonly string[] = Object.keys(TRICKS),
): Promise<ReadonlyMap<string, readonly string[]>> {
  const gateway = stations.find((each) => each.gateway);
  if (gateway === undefined) throw new Error('no gateway');
  const members = stations.filter((each) => !each.gateway);
  const send = async (from: Station, frames: readonly Buffer[]): Promise<void> => {
    const done = await labRun(lab, from.node, [
      program,
      'send',
      from.device,
      ...frames.map((each) => each.toString('hex')),
    ]);
    if (done.exitCode !== 0) throw new Error(`${from.name}: ${done.stderr}`);
  };
  // Whoever is root on a host needs no tricks.
  const tricksOf = (from: Station): readonly string[] => tricks.filter((each) => from.guest || !PRETENDED.has(each));
  const hearing = await Promise.all(stations.map((each) => startHearing(lab, program, each)));
  try {
    for (const from of members) {
      await send(
        from,
        members
          .filter((to) => to !== from)
          .flatMap((to) => tricksOf(from).map((trick) => built(trick, from, to, gateway))),
      );
    }
    // Behind all of them, and to everybody: who has heard the end has heard what came before.
    for (const to of members)
      await send(gateway, [plainFrame({ from: gateway.mac, to: to.mac }, `gateway-${to.name}`)]);
    await send(gateway, [plainFrame({ from: gateway.mac, to: BROADCAST }, 'end')]);
    const [first] = members;
    if (first !== undefined) await send(first, [plainFrame({ from: first.mac, to: gateway.mac }, 'end')]);
    return new Map(await Promise.all(hearing.map(async ({ name, heard }) => [name, await heard] as const)));
  } finally {
    for (const { child } of hearing) child.kill();
  }
}

function built(trick: string, from: Station, to: Station, gateway: Station): Buffer {
  const make = TRICKS[trick];
  if (make === undefined) throw new Error(`no trick ${trick}`);
  return make(from, to, gateway);
}

interface Hearing {
  readonly name: string;
  readonly child: ChildProcess;
  readonly heard: Promise<readonly string[]>;
}

async function startHearing(lab: Lab, program: string, { name, node, device }: Station): Promise<Hearing> {
  const [file, ...args] = [...execPrefix(lab, node), program, 'hear', device];
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  if ((await lines.next()).value !== 'ready') throw new Error(`${name} does not hear`);
  const rest = async (): Promise<readonly string[]> => {
    const words: string[] = [];
    for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
      if (line.value === 'end') return [...new Set(words)].sort();
      words.push(line.value);
    }
    throw new Error(`${name} went deaf`);
  };
  return { name, child, heard: rest() };
}

/**
 * Who heard what from a station other than the gateway. An own word comes back inside the gateway's ICMP: IPv6 tells who sends
 * by a detour of the short way (RFC 4861, 8.2), and no setting of the kernel's stops that.
 */
export function leaks(heard: ReadonlyMap<string, readonly string[]>, stations: readonly Station[]): readonly string[] {
  return stations
    .filter((each) => !each.gateway)
    .flatMap(({ name }) =>
      (heard.get(name) ?? [])
        .filter((each) => !each.startsWith('gateway-') && !each.startsWith(`${name}-`))
        .map((each) => `${name} heard ${each}`),
    );
}
