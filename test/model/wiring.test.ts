/** Which bridge carries what, what it is called, and how a model's interfaces hang together. */
import { describe, expect, test } from 'vitest';
import type { Host } from '../../server/flow/model.ts';
import { EXAMPLE } from './support/example.ts';
import { codesOf, modelOf } from './support/compile-text.ts';

function hostOf(text: string, name: string): Host {
  const host = modelOf(text).hosts.get(name);
  if (host === undefined) throw new Error(`no host ${name}`);
  return host;
}

/** A host as a person would note it down. */
function wiring(host: Host): string {
  const bridges = host.bridges.map((bridge) => {
    const carries = bridge.carries.map(
      (each) => `${each.network}${each.vid === null ? '' : ` ${each.tagged ? '' : 'inside '}${String(each.vid)}`}`,
    );
    return `bridge ${bridge.device} ${bridge.vlanAware ? 'vlan-aware' : 'plain'} mtu ${String(bridge.mtu)} [${bridge.uplinks.map((each) => each.device).join(' ')}]: ${carries.join(', ')}`;
  });
  const nics = host.nics.map((nic) => `nic ${nic.network} ${nic.addresses.join(' ')} on ${nic.on.type} ${nic.device}`);
  const ports = host.attachments.map(
    (each) =>
      `${each.owner.type} ${each.owner.name} on ${each.network}: ${each.bridge}${each.vid === null ? '' : ` pvid ${String(each.vid)}`}, ${each.peer?.namespace ?? 'host'}`,
  );
  const tunnels = host.tunnels.map(
    (each) =>
      `vxlan ${String(each.vni)} ${each.local} to ${each.remotes.join(' ')} mtu ${String(each.mtu)} dev ${each.underlayDevice}`,
  );
  return [...bridges, ...nics, ...ports, ...tunnels].join('\n');
}

describe('a host of the example', () => {
  test('has a VLAN-aware bridge, and one of its own for the VXLAN network', () => {
    const text = wiring(hostOf(EXAMPLE, 'gw-x')).replaceAll(/(?<=[a-z0-9])-[a-z2-7]{6}\b/g, '-TAG');
    expect(text).toBe(
      [
        'bridge bfar-TAG plain mtu 1450 []: far',
        'bridge br0 vlan-aware mtu 1500 [eno1]: db 102, mgmt 20, shop 101, wan 10',
        'nic mgmt 10.0.20.11/24 on vlan mgmt-TAG',
        'guest f1 on far: bfar-TAG, host',
        'gateway vgw-1 on db: br0 pvid 102, shop-vgw-1',
        'gateway vgw-1 on shop: br0 pvid 101, shop-vgw-1',
        'gateway vgw-1 on wan: br0 pvid 10, shop-vgw-1',
        'guest web1 on shop: br0 pvid 101, host',
        'vxlan 5000 10.0.20.11 to 10.0.20.12 mtu 1450 dev mgmt-TAG',
      ].join('\n'),
    );
  });
});

const OFFICE = `
topology: office
networks:
  lan: { subnet: 10.0.0.0/24 }
  dmz: { subnet: 10.0.1.0/24 }
  tag: { vlan: 7, subnet: 10.0.2.0/24 }
hosts:
  one: { access: local, bridges: { br0: { ports: [eno1], networks: [lan] }, br1: {} }, nics: { lan: 10.0.0.2 } }
guests:
  a: { on: one, nics: { dmz: 10.0.1.10 } }
`;

describe('the sort of a bridge', () => {
  test('plain for one untagged network; the address is on the bridge itself', () => {
    const host = hostOf(OFFICE, 'one');
    expect(wiring(host)).toContain('bridge br0 plain mtu 1500 [eno1]: lan');
    expect(wiring(host)).toContain('nic lan 10.0.0.2/24 on bridge br0');
    expect(wiring(host)).toContain('bridge br1 plain mtu 1500 []: dmz');
  });

  test('VLAN-aware as soon as somebody is on a second network; the untagged one has an id inside that nobody declared', () => {
    const host = hostOf(`${OFFICE}  b: { on: one, nics: { tag: 10.0.2.10 } }\n`, 'one');
    const bridge = host.bridges.find((each) => each.device === 'br1');
    const untagged = bridge?.carries.find((each) => each.network === 'dmz');
    expect(bridge?.vlanAware).toBe(true);
    expect(untagged?.tagged).toBe(false);
    expect(untagged?.vid).not.toBe(7);
    expect(untagged?.vid).toBeGreaterThan(1);
    expect(host.attachments.find((each) => each.owner.name === 'a')?.vid).toBe(untagged?.vid);
  });

  test('two untagged networks share a bridge without ports, and no cable', () => {
    const both = (ports: string) => `
topology: t
networks: { a: { subnet: 10.0.0.0/24 }, b: { subnet: 10.0.1.0/24 } }
hosts: { one: { access: local, bridges: { br0: { ports: [${ports}] } } } }
guests: { x: { on: one, nics: { a: 10.0.0.10, b: 10.0.1.10 } } }
`;
    expect(codesOf(both('').replace('{ ports: [] }', '{}'))).toEqual([]);
    expect(codesOf(both('eno1'))).toEqual(['untagged-twice: 3']);
  });
});

describe('wires', () => {
  const twoHosts = (x: string, y: string, a: number, b: number) => `
topology: t
networks:
  a: { vlan: ${String(a)}, subnet: 10.0.0.0/24 }
  b: { vlan: ${String(b)}, subnet: 10.0.1.0/24 }
hosts:
  x: { access: ssh://root@x.example.net, bridges: { br0: { ports: [${x}] } } }
  y: { access: ssh://root@y.example.net, bridges: { br0: { ports: [${y}] } } }
guests:
  ga: { on: x, nics: { a: 10.0.0.10 } }
  gb: { on: y, nics: { b: 10.0.1.10 } }
`;
  test('one VLAN id is two networks only where the wires are apart', () => {
    expect(codesOf(twoHosts('eno1', 'eno1', 5, 6))).toEqual([]);
    expect(codesOf(twoHosts('eno1', 'eno1', 5, 5))).toEqual(['vlan-twice: 5']);
    expect(codesOf(twoHosts('eno1', '{ eno1: { fabric: dmz } }', 5, 5))).toEqual([]);
    // A bridge with a port in each makes the two fabrics one wire.
    expect(codesOf(twoHosts('eno1, { eno2: { fabric: dmz } }', '{ eno1: { fabric: dmz } }', 5, 5))).toEqual([
      'vlan-twice: 5',
    ]);
  });

  test('a network over two hosts needs a wire between them, directly or over a third', () => {
    const text = (middle: string) => `
topology: t
networks: { a: { vlan: 5, subnet: 10.0.0.0/24 } }
hosts:
  x: { access: ssh://root@x.example.net, bridges: { br0: { ports: [eno1] } } }
  y: { access: ssh://root@y.example.net, bridges: { br0: { ports: [${middle}] } } }
  z: { access: ssh://root@z.example.net, bridges: { br0: { ports: [{ eno1: { fabric: far } }] } } }
guests:
  ga: { on: x, nics: { a: 10.0.0.10 } }
  gb: { on: y, nics: { a: 10.0.0.11 } }
  gc: { on: z, nics: { a: 10.0.0.12 } }
`;
    expect(codesOf(text('eno1, { eno2: { fabric: far } }'))).toEqual([]);
    expect(codesOf(text('eno1'))).toEqual(['partition: 3']);
  });
});

describe('VXLAN over IPv6', () => {
  test('takes 70 bytes, and the tunnel runs between the IPv6 addresses', () => {
    const text = `
topology: t
networks: { mgmt: { subnet: "2001:db8::/64" }, far: { transport: vxlan, vni: 7, underlay: mgmt, subnet: 10.1.0.0/24 } }
hosts:
  x: { access: ssh://root@x.example.net, bridges: { br0: { ports: [eno1] } }, nics: { mgmt: "2001:db8::1" } }
  y: { access: ssh://root@y.example.net, bridges: { br0: { ports: [eno1] } }, nics: { mgmt: "2001:db8::2" } }
guests: { a: { on: x, nics: { far: 10.1.0.10 } }, b: { on: y, nics: { far: 10.1.0.11 } } }
`;
    expect(wiring(hostOf(text, 'x'))).toContain('vxlan 7 2001:db8::1 to 2001:db8::2 mtu 1430 dev br0');
    expect(modelOf(text).guests.get('a')?.nics[0]?.mtu).toBe(1430);
  });
});
