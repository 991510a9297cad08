import { describe, expect, test } from 'vitest';
import type { Model } from '../../../server/flow/model.ts';
import { KINDS } from '../../../server/kinds/index.ts';
import { dhcp } from '../../../server/kinds/dhcp/index.ts';
import type { DhcpServer } from '../../../server/kinds/dhcp/resource.ts';
import { failover } from '../../../server/kinds/failover/index.ts';
import { firewall } from '../../../server/kinds/firewall/index.ts';
import { desiredState } from '../../../server/model/desired.ts';
import { compileText } from '../../../server/model/compile-file.ts';
import { staged } from '../support/text.ts';
import { view } from '../support/view.ts';

const FILE = `
topology: shop
networks:
  wan: { subnet: 192.0.2.0/24, router: 192.0.2.1, external: true }
  lan: { subnet: [10.1.0.0/23, "2001:db8:1::/64"], dhcp: { upstream: [192.0.2.53, "2001:db8::53"], domain: shop.example.net } }
  own: { subnet: 10.2.0.0/24, dhcp: true, mtu: 1400 }
  dmz: { subnet: 10.3.0.0/24 }
  other: { subnet: 10.3.0.0/24, realm: apart }
hosts:
  x: { access: ssh://root@x.example.net, bridges: { b0: { ports: [eno1], networks: wan }, b1: { ports: { eno2: { fabric: lan } }, networks: lan }, b2: { networks: own }, b3: { networks: dmz }, b4: { networks: other } } }
guests:
  web:  { on: x, nics: { lan: [10.1.0.10, "2001:db8:1::10"] } }
  both: { on: x, nics: { lan: 10.1.0.20, own: { address: 10.2.0.20, default: true } } }
  far:  { on: x, nics: { dmz: 10.3.0.10 } }
  away: { on: x, nics: { other: 10.3.0.10 } }
gateways:
  gw: { on: x, nics: { wan: 192.0.2.11, lan: [10.1.0.1, "2001:db8:1::1"], own: 10.2.0.1, dmz: 10.3.0.1 } }
`;

function modelOf(text: string): Model {
  const { model, diagnostics } = compileText({ file: 'shop.yaml', text });
  if (model === null) throw new Error(JSON.stringify(diagnostics));
  return model;
}

function servers(model: Model, name = 'x'): readonly DhcpServer[] {
  const host = model.hosts.get(name);
  return host === undefined ? [] : dhcp.desire(model, host);
}

function serverOn(model: Model, name = 'x'): DhcpServer {
  const [only] = servers(model, name);
  if (only === undefined) throw new Error('no server');
  return only;
}

function told(text: string, name = 'x'): readonly string[] {
  return serverOn(modelOf(text), name).files['dnsmasq.conf']?.split('\n') ?? [];
}

const CLUSTER = FILE.replace(
  'guests:',
  '  y: { access: ssh://root@y.example.net, bridges: { b0: { ports: [eno1], networks: wan }, b1: { ports: { eno2: { fabric: lan } }, networks: lan } } }\nguests:',
).replace(
  'gw: { on: x, nics: { wan: 192.0.2.11, lan: [10.1.0.1, "2001:db8:1::1"], own: 10.2.0.1, dmz: 10.3.0.1 } }',
  'gw: { on: [x, y], nics: { wan: { shared: 192.0.2.11 }, lan: { shared: [10.1.0.1, "2001:db8:1::1"] } } }\n  in: { on: x, nics: { own: 10.2.0.1, dmz: 10.3.0.1 } }',
);

describe('what dnsmasq is told', () => {
  test('of networks that ask, and of no others', async () => {
    await expect(serverOn(modelOf(FILE)).files['dnsmasq.conf']).toMatchFileSnapshot('gw.conf');
  });

  test('nothing where no network asks', () => {
    expect(servers(modelOf(FILE.replace(/, dhcp: (true|\{[^}]*\})/g, '')))).toEqual([]);
  });

  test('nobody is asked for names where the file names nobody', () => {
    const lines = told(FILE.replace('upstream: [192.0.2.53, "2001:db8::53"], ', ''));
    expect(lines.filter((line) => line.startsWith('server='))).toEqual([]);
    expect(lines).toContain('no-resolv');
  });

  test('a network whose IPv6 router is somebody else is told of no way out by the gateway', () => {
    const text = FILE.replace('"2001:db8:1::/64"]', '"2001:db8:1::/64"], router: [10.1.0.1, "2001:db8:1::99"]');
    expect(told(text)).toContain('ra-param=lan,60,0');
    expect(told(FILE)).toContain('ra-param=lan,60,1800');
  });

  test('all members of a cluster are told the same', () => {
    expect(told(CLUSTER, 'x')).toEqual(told(CLUSTER, 'y'));
  });

  test('the order of the file makes no difference', () => {
    const lines = FILE.split('\n');
    const at = lines.findIndex((line) => line.startsWith('  web:'));
    const [web = ''] = lines.splice(at, 1);
    lines.splice(at + 2, 0, web);
    expect(told(lines.join('\n'))).toEqual(told(FILE));
  });
});

test('a cluster shares one link-local address on what it advertises itself to, and nowhere else', () => {
  const model = modelOf(CLUSTER);
  const gateway = model.gateways.get('gw');
  const address = gateway?.nics.find(({ network }) => network === 'lan')?.routerAddress;
  expect(address).toMatch(/^fe80::[0-9a-f:]+\/64$/);
  expect(gateway?.nics.flatMap((nic) => nic.routerAddress ?? [])).toEqual([address]);
  for (const name of ['x', 'y']) {
    const host = model.hosts.get(name);
    const [member] = host === undefined ? [] : failover.desire(model, host);
    expect(member?.files['holds']).toContain(`lan ${address ?? '-'}\n`);
  }
  expect(
    modelOf(FILE)
      .gateways.get('gw')
      ?.nics.flatMap((nic) => nic.routerAddress ?? []),
  ).toEqual([]);
});

test('the filter lets through what is asked for on these interfaces, and nothing on others', () => {
  const model = modelOf(FILE);
  const host = model.hosts.get('x');
  const [table] = host === undefined ? [] : firewall.desire(model, host);
  const text = JSON.stringify(table);
  for (const rule of [
    'asks-for-address',
    'dhcp-4',
    'dhcp-6',
    'names-udp-4',
    'names-tcp-4',
    'names-udp-6',
    'names-tcp-6',
  ])
    expect(text).toContain(`"${rule}"`);
  const plain = modelOf(FILE.replace(/, dhcp: (true|\{[^}]*\})/g, ''));
  const bare = plain.hosts.get('x');
  expect(JSON.stringify(bare === undefined ? [] : firewall.desire(plain, bare))).not.toMatch(/asks-for|dhcp-|names-/);
});

describe('on a host', () => {
  const wanted = serverOn(modelOf(FILE));
  const claim = { topology: 'shop', wanted: new Map([[wanted.id, wanted]]) };
  const service = { scope: wanted.scope, name: 'dnsmasq', running: true, files: wanted.files, holds: [] };
  const host = (more: object) => ({ ...view([]), services: [service], tools: ['dnsmasq'], ...more });

  test('is found as it was put there, whatever else runs in the same stack', () => {
    expect(dhcp.observe(host({ services: [{ ...service, name: '' }, service] }), claim)).toEqual([wanted]);
    expect(dhcp.compare?.(wanted, wanted)).toEqual([]);
  });

  test('one that died, or is told something else, differs', () => {
    const [dead] = dhcp.observe(host({ services: [{ ...service, running: false }] }), claim);
    expect(dead === undefined ? [] : dhcp.compare?.(wanted, dead)).toEqual([
      { field: 'running', expected: true, found: false },
    ]);
    const other = { ...wanted, files: { ...wanted.files, 'dnsmasq.conf': 'port=0\n' } };
    expect(dhcp.compare?.(wanted, other).map(({ field }) => field)).toEqual(['dnsmasq.conf']);
  });

  test('one of another topology is not ours', () => {
    const files = { ...wanted.files, topology: 'other\n' };
    expect(dhcp.observe(host({ services: [{ ...service, files }] }), claim)).toEqual([]);
    expect(dhcp.obstacle?.(wanted, host({ services: [{ ...service, files }] }), claim)).toMatch(
      /topology other answers/,
    );
  });

  test('what is not installed is named beforehand, with the package', () => {
    expect(dhcp.obstacle?.(wanted, host({ tools: [] }), claim)).toMatch(/apt-get install dnsmasq-base/);
    expect(dhcp.obstacle?.(wanted, host({}), claim)).toBeUndefined();
    expect(dhcp.obstacle?.(wanted, view([]), claim)).toBeUndefined();
  });

  test('comes when all else stands, and is over before anything goes', () => {
    const folder = '/run/trunkline/services/shop-gw.dnsmasq';
    expect(staged(dhcp, undefined, wanted)).toBe(`opens:\nsh ${folder}/control take shop-gw.dnsmasq`);
    expect(staged(dhcp, wanted, undefined)).toBe(`removes:\nsh ${folder}/control stop shop-gw.dnsmasq`);
    const made = new Set(desiredState(modelOf(FILE), 'x', KINDS).resources.keys());
    for (const { to, diesWith } of dhcp.refers(wanted)) {
      expect(made).toContain(to);
      expect(diesWith).toBe(false);
    }
  });
});
