/**
 * The gateway of the shop example between real networks: `internet` beyond wan, two guests behind a switch on shop, one on db,
 * one on mgmt. Rules are loaded by the test.
 */
import type { Scratch } from './scratch.ts';
import type { TestNode } from './node.ts';
import { startNode } from './node.ts';

export interface Shop {
  readonly gateway: TestNode;
  readonly internet: TestNode;
  readonly web1: TestNode;
  readonly web2: TestNode;
  readonly db1: TestNode;
  readonly admin: TestNode;
}

interface End {
  readonly namespace: string;
  readonly device: string;
  readonly addresses: readonly string[];
}

export async function buildShop(scratch: Scratch): Promise<Shop> {
  const [gateway, wire] = [scratch.add('tl-fw-gw'), scratch.add('tl-fw-sw')];
  const node = (name: string): Promise<TestNode> => startNode(scratch, scratch.add(`tl-fw-${name}`), name);
  const [internet, web1, web2, db1, admin] = await Promise.all(['internet', 'web1', 'web2', 'db1', 'admin'].map(node));
  if (!internet || !web1 || !web2 || !db1 || !admin) throw new Error('a node is missing');

  // Duplicate detection of the link-local addresses takes seconds, and until then nobody asks for neighbours.
  for (const namespace of [gateway, internet, web1, web2, db1, admin].map((each) =>
    typeof each === 'string' ? each : each.namespace,
  )) {
    scratch.run(namespace, [
      'sysctl',
      '-q',
      '-w',
      'net/ipv6/conf/default/accept_dad=0',
      'net/ipv6/conf/all/accept_dad=0',
    ]);
  }
  scratch.run(wire, ['ip', 'link', 'add', 'name', 'br0', 'up', 'type', 'bridge']);
  const gatewayEnd = (device: string, ...addresses: readonly string[]): End => ({
    namespace: gateway,
    device,
    addresses,
  });
  const guestEnd = (guest: TestNode, ...addresses: readonly string[]): End => ({
    namespace: guest.namespace,
    device: 'eth0',
    addresses,
  });
  const port = (device: string): End => ({ namespace: wire, device, addresses: [] });

  pair(
    scratch,
    gatewayEnd('wan', '192.0.2.11/24', '192.0.2.12/32', '2001:db8:ff::11/64'),
    guestEnd(internet, '192.0.2.1/24', '2001:db8:ff::1/64'),
  );
  pair(scratch, gatewayEnd('mgmt', '10.0.20.1/24'), guestEnd(admin, '10.0.20.9/24'));
  pair(scratch, gatewayEnd('db', '10.1.2.1/24'), guestEnd(db1, '10.1.2.10/24'));
  pair(scratch, gatewayEnd('shop', '10.1.1.1/24', '2001:db8:1::1/64'), port('p0'));
  pair(scratch, guestEnd(web1, '10.1.1.10/24', '2001:db8:1::10/64'), port('p1'));
  pair(scratch, guestEnd(web2, '10.1.1.11/24', '2001:db8:1::11/64'), port('p2'));
  for (const device of ['p0', 'p1', 'p2']) scratch.run(wire, ['ip', 'link', 'set', 'dev', device, 'master', 'br0']);

  for (const [guest, via, via6] of [
    [web1, '10.1.1.1', '2001:db8:1::1'],
    [web2, '10.1.1.1', '2001:db8:1::1'],
    [db1, '10.1.2.1', null],
    [admin, '10.0.20.1', null],
  ] as const) {
    scratch.run(guest.namespace, ['ip', 'route', 'add', 'default', 'via', via]);
    if (via6 !== null) scratch.run(guest.namespace, ['ip', '-6', 'route', 'add', 'default', 'via', via6]);
  }
  // Beyond the provider's router: addresses in no subnet of the topology, and routes that no provider would have.
  for (const address of ['198.51.100.7/32', '203.0.113.9/32', '2001:db8:beef::9/128'])
    address6(scratch, internet.namespace, 'lo', address);
  scratch.run(internet.namespace, ['ip', 'route', 'add', '10.0.0.0/8', 'via', '192.0.2.11']);
  scratch.run(internet.namespace, ['ip', '-6', 'route', 'add', '2001:db8:1::/64', 'via', '2001:db8:ff::11']);
  scratch.run(gateway, ['ip', 'route', 'add', 'default', 'via', '192.0.2.1']);
  scratch.run(gateway, ['ip', '-6', 'route', 'add', 'default', 'via', '2001:db8:ff::1']);
  for (const setting of [
    'net/ipv4/ip_forward=1',
    'net/ipv6/conf/all/forwarding=1',
    'net/ipv4/conf/all/send_redirects=0',
    'net/ipv4/conf/shop/send_redirects=0',
  ]) {
    scratch.run(gateway, ['sysctl', '-q', '-w', setting]);
  }
  return { gateway: await startNode(scratch, gateway, 'gateway'), internet, web1, web2, db1, admin };
}

function pair(scratch: Scratch, one: End, other: End): void {
  scratch.run(one.namespace, [
    'ip',
    'link',
    'add',
    'name',
    one.device,
    'type',
    'veth',
    'peer',
    'name',
    other.device,
    'netns',
    other.namespace,
  ]);
  for (const end of [one, other]) {
    scratch.run(end.namespace, ['ip', 'link', 'set', 'dev', end.device, 'up']);
    for (const address of end.addresses) address6(scratch, end.namespace, end.device, address);
  }
}

/** Without duplicate detection, which takes seconds. */
function address6(scratch: Scratch, namespace: string, device: string, address: string): void {
  scratch.run(namespace, ['ip', 'addr', 'add', address, 'dev', device, ...(address.includes(':') ? ['nodad'] : [])]);
}
