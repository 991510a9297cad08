/** The guests of a town: each takes the end that was made for it as soon as it is there, sends to all others, and hears. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { addressPart } from '../../../server/core/address.ts';
import type { Model } from '../../../server/flow/model.ts';
import { BROADCAST, plainFrame, udpPacket } from '../../support/frames.ts';
import type { WiredHosts } from '../../support/wired-hosts.ts';

interface Guest {
  readonly name: string;
  readonly host: string;
  readonly device: string;
  readonly mac: string;
  readonly address: string;
  readonly network: string;
}

export interface Guests {
  /** Those of whose ends there are new ones take them; then everybody sends a frame of each sort to everybody. */
  readonly speak: (round: number) => Promise<void>;
  /** `FROM>TO SORT ROUND`, for all that was heard by whom it was for. */
  readonly heard: () => readonly string[];
  readonly close: () => Promise<void>;
}

interface Hearing {
  readonly child: ChildProcess;
  readonly words: string[];
}

export function openGuests(wired: WiredHosts, program: string, models: readonly Model[]): Guests {
  const guests = new Map(models.flatMap(guestsOf).map((guest) => [guest.name, guest]));
  const gateways = Map.groupBy(models.flatMap(gatewayMacs), ([network]) => network);
  const plugged = new Map<string, Hearing>();

  const inGuest = (guest: Guest, ...argv: readonly string[]): readonly string[] => [
    ...wired.host(guest.host).prefix,
    ...['ip', 'netns', 'exec', `guest-${guest.name}`, ...argv],
  ];

  const plug = async (host: string): Promise<void> => {
    const own = [...guests.values()].filter((guest) => guest.host === host);
    const links = await wired.host(host).run('ip', '-o', 'link');
    const unplugged = own.filter(({ device }) =>
      links.split('\n').some((line) => line.includes(` ${device}@`) && !line.includes(' master u-')),
    );
    for (const guest of unplugged) {
      const { name, device, address } = guest;
      if (plugged.has(name)) {
        await wired.host(host).run('ip', 'link', 'set', 'dev', device, 'master', `u-${name}`, 'up');
        continue;
      }
      const words = [name, device, guest.mac, `${address}/24`, gatewayOf(guest)];
      await wired.host(host).run('sh', '-ec', PLUG, 'plug', ...words);
      plugged.set(name, await startHearing(guest));
    }
  };

  const startHearing = async (guest: Guest): Promise<Hearing> => {
    const [file = '', ...args] = inGuest(guest, program, 'hear', 'eth0');
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const lines = createInterface({ input: child.stdout });
    await once(lines, 'line');
    const words: string[] = [];
    lines.on('line', (line) => words.push(line));
    return { child, words };
  };

  const framesOf = (from: Guest, round: number): readonly Buffer[] =>
    [...guests.values()]
      .filter((to) => to !== from)
      .flatMap((to) => {
        const word = (sort: string): string => `${from.name}>${to.name} ${sort} ${String(round)}`;
        const macs = new Set((gateways.get(from.network) ?? []).map(([, mac]) => mac));
        const routed = to.network === from.network ? [] : [...macs];
        return [
          plainFrame({ from: from.mac, to: BROADCAST }, word('flood')),
          plainFrame({ from: from.mac, to: to.mac }, word('plain')),
          ...routed.map((mac) => udpPacket({ from: from.mac, to: mac }, from.address, to.address, word('routed'))),
        ];
      });

  return {
    async speak(round) {
      await Promise.all([...wired.hosts.keys()].map(plug));
      await Promise.all(
        [...guests.values()].map(async (guest) => {
          if (!plugged.has(guest.name)) return;
          const [file = '', ...args] = inGuest(
            guest,
            program,
            'send',
            'eth0',
            ...framesOf(guest, round).map((each) => each.toString('hex')),
          );
          // One whose end is gone cannot send.
          await once(spawn(file, args, { stdio: 'ignore' }), 'exit');
        }),
      );
    },
    heard: () => [...plugged].flatMap(([name, { words }]) => words.filter((word) => word.includes(`>${name} `))),
    async close() {
      for (const { child } of plugged.values()) if (child.exitCode === null) child.kill('SIGKILL');
      for (const host of wired.hosts.values()) await host.run('sh', '-c', UNPLUG);
    },
  };
}

/** As a virtual machine has it: the end that was made for it is a port of a bridge of its own, whose other port it is itself. */
const PLUG = `
ip netns add "guest-$1"
ip link add name "u-$1" type bridge mcast_snooping 0
ip link add name "t-$1" type veth peer name eth0 netns "guest-$1" address "$3"
ip link set dev "t-$1" master "u-$1" up
ip link set dev "$2" master "u-$1" up
ip link set dev "u-$1" up
ip -n "guest-$1" link set dev lo up
ip -n "guest-$1" link set dev eth0 up
ip -n "guest-$1" addr add "$4" dev eth0
ip -n "guest-$1" route add default via "$5"
`;

const UNPLUG = `
for each in /run/netns/guest-*; do
  [ -e "$each" ] || continue
  name=\${each##*/guest-}
  ip link del dev "u-$name"
  ip link del dev "t-$name"
  ip netns del "guest-$name"
done
`;

function gatewayOf({ address }: Guest): string {
  return address.replace(/\d+$/, '1');
}

function guestsOf(model: Model): readonly Guest[] {
  return [...model.guests.values()].flatMap(({ name, nics, host }) =>
    nics.map(({ network, device, mac, addresses }) => ({
      ...{ name, network, device, host },
      // A bridge takes what is for the MAC of a port of its own as sent to itself.
      mac: mac.replace(/^02/, '06'),
      address: addressPart(addresses[0] ?? ''),
    })),
  );
}

function gatewayMacs(model: Model): readonly (readonly [string, string])[] {
  return [...model.gateways.values()].flatMap(({ members }) =>
    members.flatMap(({ nics }) => nics.map(({ network, mac }) => [network, mac] as const)),
  );
}
