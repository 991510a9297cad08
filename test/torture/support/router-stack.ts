/** What the router of `test/support/rules/router.ts` knows beside its rules, and what is said of a packet that comes to it. */
import { mustParseAddress } from '../../../server/core/address.ts';
import type { Connection } from '../../../server/reach/judge/connection.ts';
import { addressField, familyOf, packetOf } from '../../../server/reach/judge/packet.ts';
import type { Packet } from '../../../server/reach/judge/packet.ts';
import type { Stack } from '../../../server/reach/judge/stack.ts';
import { judge } from '../../../server/reach/judge/walk.ts';
import type { Judgement } from '../../../server/reach/judge/walk.ts';
import type { Ruleset } from '../../../server/reach/rules/ruleset.ts';
import type { Facts, Region } from '../../../server/reach/sets/facts.ts';
import type { Wishes } from '../../../server/reach/sets/boxes.ts';
import { ANYWHERE } from '../../../server/reach/sets/facts.ts';
import { knownOf } from '../../support/rules/packets.ts';
import type { Shot } from '../../support/rules/packets.ts';
import { isOwn, LOCAL, OWN, PORTS, portTo, ZONES } from '../../support/rules/router.ts';
import type { Port } from '../../support/rules/router.ts';

export const STACK: Stack = {
  route(packet) {
    const family = familyOf(packet);
    const to = packet.get(addressField(family, 'destination'));
    if (typeof to !== 'bigint') return { type: 'unknown', why: 'the destination is not known' };
    return isOwn(family, to) ? { type: 'local' } : { type: 'out', device: portTo(family, to) };
  },
  address: (device, packet) => ownAddress(device, familyOf(packet)),
  fib(field, packet) {
    const family = familyOf(packet);
    if (field === 'fib daddr type') {
      const to = packet.get(addressField(family, 'destination'));
      return typeof to !== 'bigint' ? undefined : isOwn(family, to) ? LOCAL_TYPE : UNICAST_TYPE;
    }
    if (field !== 'fib saddr . iif oif' && field !== 'fib saddr . mark . iif oif') return undefined;
    const from = packet.get(addressField(family, 'source'));
    if (typeof from !== 'bigint') return undefined;
    return portTo(family, from) === packet.get('iifname') ? 1n : 0n;
  },
};

const [UNICAST_TYPE, LOCAL_TYPE] = [1n, 2n];

const isPort = (device: string): device is Port => (PORTS as readonly string[]).includes(device);

function ownAddress(device: string, family: 4 | 6): bigint | null {
  return isPort(device) ? mustParseAddress(OWN[device][family]).value : null;
}

const single = (text: string): Region['to'] => {
  const { value } = mustParseAddress(text);
  return { first: value, last: value };
};

function zones(family: 4 | 6): readonly { readonly span: NonNullable<Region['to']>; readonly port: Port }[] {
  return ZONES[family].map(([port, network, bits]) => {
    const first = mustParseAddress(network).value;
    return { port, span: { first, last: first + (1n << BigInt((family === 4 ? 32 : 128) - bits)) - 1n } };
  });
}

/** The same stack, said in regions. */
export const FACTS: Facts = {
  devices: ['lo', ...PORTS],
  ways: (family) => [
    ...LOCAL[family].map((text) => ({
      region: { ...ANYWHERE, to: single(text) },
      way: { type: 'local' as const },
    })),
    ...zones(family).map(({ span, port }) => ({
      region: { ...ANYWHERE, to: span },
      way: { type: 'out' as const, device: port },
    })),
    { region: ANYWHERE, way: { type: 'out', device: 'b0' } },
  ],
  address: ownAddress,
  fib: (family) =>
    new Map([
      [
        'fib daddr type',
        [
          ...LOCAL[family].map((text) => ({ region: { ...ANYWHERE, to: single(text) }, value: LOCAL_TYPE })),
          { region: ANYWHERE, value: UNICAST_TYPE },
        ],
      ],
      [
        'fib saddr . iif oif',
        [
          ...zones(family).flatMap(({ span, port }) => [
            { region: { ...ANYWHERE, from: span, device: port }, value: 1n },
            { region: { ...ANYWHERE, from: span }, value: 0n },
          ]),
          { region: { ...ANYWHERE, device: 'b0' }, value: 1n },
          { region: ANYWHERE, value: 0n },
        ],
      ],
    ]),
};

export type Judge = (ruleset: Ruleset, shot: Shot, connection: Connection) => Judgement;

export const asKernel: Judge = (ruleset, shot, connection) => judge(ruleset, STACK, asArrived(shot), connection);

export function asArrived(shot: Shot): Packet {
  return packetOf({ tuple: shot.tuple, device: shot.device, known: knownOf(shot) });
}

/** What a packet should look like that can be sent through the router, where it may be chosen. */
export function likely(family: 4 | 6): Wishes {
  const word = family === 4 ? 'ip' : 'ip6';
  const first = mustParseAddress(family === 4 ? '10.1.0.1' : 'fd00:a::1').value;
  const middle = first + (1n << (family === 4 ? 9n : 65n));
  const last = middle + (1n << (family === 4 ? 9n : 64n)) - 3n;
  return [
    [
      'l4proto',
      [
        { first: 6n, last: 6n },
        { first: 17n, last: 17n },
      ],
    ],
    [`${word} saddr`, [{ first: middle, last }]],
    [`${word} daddr`, [{ first, last: middle - 2n }]],
    ['th sport', [{ first: 1024n, last: 65_535n }]],
    ['th dport', [{ first: 1n, last: 65_535n }]],
  ];
}
