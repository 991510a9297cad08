import type { FieldName } from '../../reach/rules/field-names.ts';
import type { Tuple } from '../../reach/judge/packet.ts';
import { locusOf } from '../scene.ts';
import type { FindingRule } from './rule.ts';
import { FAMILIES, judged } from './chains.ts';
import type { Arriving, OwnAddress } from './probes.ts';
import { comesIn, ownAddress, STRANGER } from './probes.ts';

interface Needed {
  readonly name: string;
  readonly why: string;
  readonly families: readonly (4 | 6)[];
  readonly packet: (family: 4 | 6, own: OwnAddress) => Arriving;
}

const LOOPBACK = { 4: 0x7f_00_00_01n, 6: 1n } as const;
const unbound = { source: null, destination: null };

function icmp(family: 4 | 6, ends: { readonly from: bigint; readonly to: bigint }, type: bigint, code: bigint): Tuple {
  return {
    ...{ family, protocol: family === 4 ? 1n : 58n, source: ends.from, destination: ends.to },
    ...{ sourcePort: null, destinationPort: null, icmp: { type, code, id: 0n } },
  };
}

/** An error about a connection that the host has opened itself. */
function errorAbout(family: 4 | 6, own: OwnAddress, [type, code]: readonly [bigint, bigint]): Arriving {
  const original: Tuple = {
    ...{ family, protocol: 6n, source: own.address, destination: STRANGER[family] },
    ...{ sourcePort: 40_000n, destinationPort: 443n },
  };
  return {
    tuple: icmp(family, { from: STRANGER[family] - 1n, to: own.address }, type, code),
    device: own.device,
    connection: { state: 'related', direction: 'reply', original, mark: 0n, status: 14n, bound: unbound },
  };
}

const NEEDED: readonly Needed[] = [
  {
    name: 'connections to itself over loopback',
    why: 'Programs of the host cannot talk to each other.',
    families: [4, 6],
    packet: (family) => ({
      tuple: {
        ...{ family, protocol: 6n, source: LOOPBACK[family], destination: LOOPBACK[family] },
        ...{ sourcePort: 40_000n, destinationPort: 5432n },
      },
      device: 'lo',
      connection: { state: 'new' },
    }),
  },
  {
    name: 'ICMP that says that a packet was too big',
    why: 'Connections over a way with a smaller MTU hang (RFC 2923, RFC 4890).',
    families: [4, 6],
    packet: (family, own) => errorAbout(family, own, family === 4 ? [3n, 4n] : [2n, 0n]),
  },
  {
    name: 'neighbour solicitations',
    why: 'Nobody on the wire finds the host over IPv6 (RFC 4890, 4.4.1).',
    families: [6],
    packet: (family, own) => ({
      tuple: icmp(family, { from: (0xfe80n << 112n) | 0x99n, to: own.address }, 135n, 0n),
      device: own.device,
      connection: { state: 'untracked' },
      known: new Map<FieldName, bigint>([['ip6 hoplimit', 255n]]),
    }),
  },
];

/** What a host cannot do without, whatever else it refuses. */
export const POL_009: FindingRule = {
  id: 'POL-009',
  name: 'Needed packets dropped',
  severity: 'medium',
  definition:
    'The rules at input drop what every host needs: packets over loopback, ICMP errors about its own connections, or neighbour discovery of IPv6.',
  fix: 'Accept `iifname "lo"`, `ct state established,related`, and the ICMPv6 types nd-neighbor-solicit, nd-neighbor-advert and nd-router-advert.',
  standards: ['CIS Debian Linux 4.3.6'],
  *find({ scene }) {
    for (const on of judged({ scene })) {
      for (const family of FAMILIES) {
        const own = ownAddress(on, family);
        if (own === null) continue;
        for (const { name, why, families, packet } of NEEDED) {
          if (!families.includes(family)) continue;
          const { verdict, by } = comesIn(on, packet(family, own));
          if (verdict !== 'dropped' && verdict !== 'rejected') continue;
          yield {
            summary: `${on.stack.node} drops ${name} over IPv${String(family)}`,
            detail: why,
            at: by === null ? [] : [locusOf(scene, on.stack, by)],
            witness: null,
            about: `${on.stack.node} ${name} IPv${String(family)}`,
          };
        }
      }
    }
  },
};
