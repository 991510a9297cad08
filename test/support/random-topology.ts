import fc from 'fast-check';

/** What a random topology of one host is made from: few names, so that states that follow each other have much in common. */
export interface Sketch {
  readonly networks: readonly {
    readonly ipv6: boolean;
    readonly vxlan: boolean;
    readonly hostNic: boolean;
    readonly uplink: boolean;
    /** In a VLAN on the one trunk, instead of a bridge of its own. */
    readonly tagged: boolean;
    /** Its members reach the gateway, and each other not. */
    readonly isolated: boolean;
  }[];
  readonly guests: readonly { readonly network: number; readonly host: number; readonly listens: boolean }[];
  readonly gateway: boolean;
  /** In the host's own stack, instead of a namespace. */
  readonly onHost: boolean;
  /** Beyond a guest that routes. */
  readonly routes: readonly { readonly guest: number; readonly block: number }[];
  /** A guest with an outside address of its own. */
  readonly oneToOne: number | null;
  readonly masquerade: boolean;
  readonly publish: readonly { readonly guest: number; readonly port: number; readonly limited: boolean }[];
  readonly policy: readonly {
    readonly from: number;
    readonly to: number;
    readonly port: number;
    readonly deny: boolean;
    readonly log: boolean;
  }[];
}

/** @param vlans some networks are tagged on a trunk, which they share with the untagged underlay: it turns VLAN-aware and back. */
export const sketches = ({ vlans }: { readonly vlans: boolean }): fc.Arbitrary<Sketch> =>
  fc.record({
    networks: fc.array(
      fc.record({
        ipv6: fc.boolean(),
        vxlan: fc.boolean(),
        hostNic: fc.boolean(),
        uplink: fc.boolean(),
        tagged: vlans ? fc.boolean() : fc.constant(false),
        isolated: fc.boolean(),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    guests: fc.array(fc.record({ network: fc.nat(3), host: fc.integer({ min: 10, max: 20 }), listens: fc.boolean() }), {
      maxLength: 6,
    }),
    gateway: fc.boolean(),
    onHost: fc.boolean(),
    routes: fc.array(fc.record({ guest: fc.nat(5), block: fc.nat(3) }), { maxLength: 2 }),
    oneToOne: fc.option(fc.nat(5)),
    masquerade: fc.boolean(),
    publish: fc.array(
      fc.record({ guest: fc.nat(5), port: fc.integer({ min: 1000, max: 1005 }), limited: fc.boolean() }),
      { maxLength: 4 },
    ),
    policy: fc.array(
      fc.record({
        from: fc.nat(3),
        to: fc.nat(3),
        port: fc.integer({ min: 1, max: 5 }),
        deny: fc.boolean(),
        log: fc.boolean(),
      }),
      { maxLength: 6 },
    ),
  });

/** Ports that a host has for these topologies. */
export const UPLINKS = ['eno0', 'eno1', 'eno2', 'eno3', 'eno4'] as const;

export function sketchText(sketch: Sketch): string {
  const networks: Record<string, unknown> = {
    wan: { subnet: '192.0.2.0/24', router: '192.0.2.1', external: true },
    under: { subnet: '10.200.0.0/24' },
  };
  const trunk = sketch.networks.flatMap(({ tagged, vxlan }, index) => (tagged && !vxlan ? [`n${String(index)}`] : []));
  const bridges: Record<string, unknown> = {
    'br-wan': { networks: ['wan'] },
    'br-under': { networks: ['under', ...trunk], ports: [{ eno4: { fabric: 'trunk' } }] },
  };
  const hostNics: Record<string, unknown> = { under: '10.200.0.2' };
  const gatewayNics: Record<string, unknown> = { wan: { address: '192.0.2.10' } };
  sketch.networks.forEach(({ ipv6, vxlan, hostNic, uplink, tagged, isolated }, index) => {
    const name = `n${String(index)}`;
    const subnet = [`10.${String(index)}.0.0/24`, ...(ipv6 ? [`2001:db8:${String(index)}::/64`] : [])];
    const apart = isolated ? { isolated } : {};
    if (vxlan) networks[name] = { transport: 'vxlan', vni: 100 + index, underlay: 'under', subnet, ...apart };
    else if (tagged) networks[name] = { vlan: 100 + index, subnet, ...apart };
    else networks[name] = { subnet, ...apart };
    if (!vxlan && !tagged) {
      const ports = uplink ? { ports: [{ [UPLINKS[index] ?? 'eno0']: { fabric: name } }] } : {};
      bridges[`br-${name}`] = { networks: [name], ...ports };
    }
    if (hostNic && !sketch.onHost)
      hostNics[name] = [`10.${String(index)}.0.2`, ...(ipv6 ? [`2001:db8:${String(index)}::2`] : [])];
    gatewayNics[name] = { address: [`10.${String(index)}.0.1`, ...(ipv6 ? [`2001:db8:${String(index)}::1`] : [])] };
  });
  const guests: Record<string, unknown> = {};
  const taken = new Set<string>();
  sketch.guests.forEach(({ network, host, listens }, index) => {
    const at = network % sketch.networks.length;
    const address = `10.${String(at)}.0.${String(host)}`;
    if (taken.has(address)) return;
    taken.add(address);
    guests[`g${String(index)}`] = {
      on: 'here',
      nics: { [`n${String(at)}`]: address },
      ...(listens ? { listens: ['80/tcp'] } : {}),
    };
  });
  const names = Object.keys(guests);
  const addressOf = (guest: number): string | undefined => [...taken][guest % Math.max(taken.size, 1)];
  const ports = new Set<number>();
  const publish = sketch.publish.flatMap(({ guest, port, limited }) => {
    const target = names[guest % Math.max(names.length, 1)];
    if (target === undefined || ports.has(port)) return [];
    ports.add(port);
    return [
      {
        listen: `192.0.2.10:${String(port)}/tcp`,
        to: `${target}:80`,
        ...(limited ? { from: ['198.51.100.0/24'] } : {}),
      },
    ];
  });
  const network = (index: number): string => `n${String(index % sketch.networks.length)}`;
  const policy = sketch.policy.map(({ from, to, port, deny, log }) => ({
    [deny ? 'deny' : 'allow']: `${String(port)}/tcp`,
    from: network(from),
    to: network(to),
    ...(log ? { log } : {}),
  }));
  const unique = [...new Map(policy.map((each) => [JSON.stringify(each), each])).values()];
  const nat = {
    ...(sketch.masquerade ? { masquerade: ['n0 -> wan'] } : {}),
    ...(publish.length > 0 ? { publish } : {}),
    ...(sketch.oneToOne !== null && names.length > 0
      ? { 'one-to-one': [`192.0.2.50 <-> ${addressOf(sketch.oneToOne) ?? ''}`] }
      : {}),
  };
  const beyond = new Map(
    sketch.routes.map(({ guest, block }) => [`10.${String(100 + block)}.0.0/16`, addressOf(guest)] as const),
  );
  const routes = [...beyond].flatMap(([to, via]) => (via === undefined ? [] : [{ to, via }]));
  const gateways = {
    gw: {
      on: ['here'],
      runs: sketch.onHost ? 'host' : 'netns',
      nics: gatewayNics,
      ...(routes.length > 0 ? { routes } : {}),
      ...(Object.keys(nat).length > 0 ? { nat } : {}),
    },
  };
  return JSON.stringify({
    topology: 'walk',
    networks,
    hosts: { here: { access: 'local', bridges, nics: hostNics } },
    guests,
    ...(sketch.gateway ? { gateways, policy: unique } : {}),
  });
}
