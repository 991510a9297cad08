/**
 * Others who manage networks on the same host restart, flush and take: `status` has to say exactly what of ours that changed,
 * one apply has to bring it back, and nothing of theirs may be touched by either.
 */
import { expect } from 'vitest';
import type { DesiredState, Resource } from '../../server/flow/resource.ts';
import { KINDS } from '../../server/kinds/index.ts';
import type { Kind } from '../../server/kinds/kind.ts';
import { desiredStates } from '../../server/run/apply.ts';
import type { RunContext } from '../../server/run/context.ts';
import { applyUnseen } from '../../server/run/plans.ts';
import { statusOf } from '../../server/run/status.ts';
import { clutterOn } from '../support/clutter.ts';
import { openHostNamespace } from '../support/host-namespace.ts';
import type { HostNamespace } from '../support/host-namespace.ts';
import { prepareHost } from '../support/window.ts';
import { yardModel } from '../support/yard.ts';
import type { Rig, TortureRow } from './row.ts';

interface Disturbance {
  readonly name: string;
  /** What it does, as the ones who do it do; `$1` is one of our links. */
  readonly script: string;
  /** Whether the resource is not as it was afterwards; `link` is the one that was chosen. */
  readonly hits: (resource: Resource, link: string) => boolean;
}

const inHost = (...kinds: readonly string[]) => {
  return ({ kind, scope }: Resource): boolean => scope === '' && kinds.includes(kind);
};
const nothing = (): boolean => false;

const DISTURBANCES: readonly Disturbance[] = [
  {
    name: 'a container engine restarts and writes its rules anew',
    script: `sysctl -qw net.ipv4.ip_forward=1
      nft -f - <<'N'
table ip filter
delete table ip filter
table ip filter {
	chain DOCKER-USER { return; }
	chain FORWARD {
		type filter hook forward priority filter; policy drop;
		jump DOCKER-USER
		iifname "docker0" accept
	}
}
N`,
    hits: nothing,
  },
  { name: 'nft flush ruleset', script: 'nft flush ruleset', hits: inHost('firewall', 'nat', 'isolation') },
  {
    name: 'a network daemon starts and removes the rules and routes that it has not made',
    script: `for family in -4 -6; do
        ip $family rule show | grep 'proto 201' | while read -r pref _; do ip $family rule del pref "\${pref%:}"; done
        for table in $(ip $family route show table all proto 201 | grep -o 'table [0-9]*' | cut -d' ' -f2 | sort -u) main; do
          ip $family route flush table $table proto 201 2>/dev/null || :
        done
      done
      ip route replace 10.98.0.0/16 via 172.17.0.9 proto 201`,
    hits: inHost('rule', 'route'),
  },
  {
    name: 'a firewall daemon reloads',
    script: `nft -f - <<'N'
table inet firewalld
delete table inet firewalld
table inet firewalld {
	chain filter_FORWARD {
		type filter hook forward priority filter + 10; policy accept;
		ct state established accept
	}
}
N`,
    hits: nothing,
  },
  {
    name: 'a link is deleted by hand',
    script: 'ip link delete dev "$1"',
    hits: ({ id }, link) => id.split(/[:/@]/).includes(link),
  },
  {
    name: 'a machine manager starts its network anew',
    script: `ip link delete dev virbr0 2>/dev/null || :
      ip link add virbr0 type bridge; ip addr add 192.168.122.1/24 dev virbr0; ip link set virbr0 up
      nft -f - <<'N'
table ip libvirt_network
delete table ip libvirt_network
table ip libvirt_network {
	chain guest_nat {
		type nat hook postrouting priority srcnat; policy accept;
		ip saddr 192.168.122.0/24 ip daddr != 192.168.122.0/24 masquerade
	}
}
N`,
    hits: nothing,
  },
  {
    name: 'a port is put into a bridge of somebody else',
    script:
      'ip link add theirs address 02:00:00:00:99:01 type bridge 2>/dev/null || :; ip link set dev eno1 master theirs',
    hits: ({ id }) => id === 'port:eno1',
  },
  {
    name: 'a port is taken out of its bridge',
    script: 'ip link set dev "$1" nomaster',
    hits: ({ id }, link) => id === `veth:${link}`,
  },
];

/** One by one at first, then two at a time. */
function chosen(seed: number): readonly Disturbance[] {
  const at = (index: number): readonly Disturbance[] => DISTURBANCES.slice(index % DISTURBANCES.length).slice(0, 1);
  if (seed <= DISTURBANCES.length) return at(seed - 1);
  return [...new Set([...at(seed), ...at(Math.floor(seed / DISTURBANCES.length) * 3 + seed * 5)])];
}

/** All that is theirs: ours go by their mark, their protocol and the names of their tables. */
const THEIRS = `
for device in docker0 virbr0 'a;b' hostile other theirs cable; do
  ip -d addr show dev "$device" 2>/dev/null; ip route show dev "$device" table all; ip -6 route show dev "$device" table all
done
ip rule | grep -v 'proto 201'; ip -6 rule | grep -v 'proto 201'
nft list tables | grep -v ' yard' | while read -r _ family name; do nft -a list table "$family" "$name"; done
ls /run/netns
cd /proc/sys/net/ipv4/conf && grep -r '' docker0 virbr0 other all default; cat ../ip_forward
exit 0`;

interface Fault {
  readonly kinds?: readonly Kind[];
  /** Instead of the apply, or behind it. */
  readonly apply?: (host: HostNamespace, apply: () => Promise<void>) => Promise<void>;
}

async function openChurn({ kinds = KINDS, apply: applying = (_host, apply) => apply() }: Fault = {}): Promise<Rig> {
  const host = await openHostNamespace('server');
  await prepareHost(host);
  await clutterOn(host);
  const [wanted] = desiredStates(yardModel());
  if (wanted === undefined) throw new Error('the yard has no host');
  const context: RunContext = { kinds: KINDS, connectionOf: () => host.connection };
  const apply = async (): Promise<void> => {
    const [result] = (await applyUnseen([wanted], context)).hosts;
    expect(result).toMatchObject({ failure: null, verified: true });
  };
  await apply();
  const links = [...wanted.resources.values()].filter(({ kind }) => kind === 'veth').map(({ id }) => id.slice(5));
  return {
    async one(seed) {
      const hits = chosen(seed).map((each, index) => ({ ...each, link: links[(seed + index) % links.length] ?? '' }));
      for (const { script, link } of hits) await host.run('sh', '-e', '-c', script, 'sh', link);
      const before = await theirs(host);
      const found = await statusOf(wanted, { ...context, kinds });
      expect({ kept: found.kept !== null, foreign: found.foreign }).toEqual({ kept: true, foreign: [] });
      expect(drifted(found.drift)).toEqual(expected(wanted, hits));
      await applying(host, apply);
      expect(await theirs(host)).toBe(before);
      const after = await statusOf(wanted, context);
      expect({ drift: after.drift, foreign: after.foreign }).toEqual({ drift: [], foreign: [] });
      return { 'resources that drifted': drifted(found.drift).length, applies: 1 };
    },
    close: () => host.close(),
  };
}

async function theirs(host: HostNamespace): Promise<string> {
  const text = await host.run('sh', '-c', THEIRS);
  return text.replace(/timer +[\d.]+|packets \d+ bytes \d+|valid_lft \d+sec preferred_lft \d+sec/g, '');
}

function drifted(drift: readonly { readonly resource: string }[]): readonly string[] {
  return [...new Set(drift.map(({ resource }) => resource))].sort();
}

function expected(
  wanted: DesiredState,
  disturbances: readonly (Disturbance & { readonly link: string })[],
): readonly string[] {
  return [...wanted.resources.values()]
    .filter((each) => disturbances.some(({ hits, link }) => hits(each, link)))
    .map(({ id }) => id)
    .sort();
}

/** The kind of this name says that all is as wanted. */
function blind(name: string): readonly Kind[] {
  return KINDS.map((kind) =>
    kind.name === name ? { ...kind, observe: (_view, { wanted }) => [...wanted.values()] } : kind,
  );
}

export const foreignChurn: TortureRow = {
  invariant: 'I21',
  promise: 'what others do to ours on a host is told exactly, and one apply mends it without touching theirs',
  unit: 'disturbances',
  target: 2000,
  inCi: 10,
  open: () => openChurn(),
  mutants: [
    { name: 'a status that does not see lost rules', within: 3, open: () => openChurn({ kinds: blind('rule') }) },
    {
      name: 'a status that does not see a flushed firewall',
      within: 2,
      open: () => openChurn({ kinds: blind('firewall') }),
    },
    {
      name: 'a mend that takes a rule of somebody else',
      within: 1,
      open: () =>
        openChurn({
          apply: async (host, apply) => {
            await apply();
            await host.run('ip', 'rule', 'del', 'pref', '500');
          },
        }),
    },
    { name: 'an apply that does nothing', within: 2, open: () => openChurn({ apply: () => Promise.resolve() }) },
  ],
};
