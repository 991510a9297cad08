import { describe, expect, test } from 'vitest';
import { KINDS } from '../../../server/kinds/index.ts';
import { address } from '../../../server/kinds/address/index.ts';
import { failover } from '../../../server/kinds/failover/index.ts';
import type { Failover } from '../../../server/kinds/failover/resource.ts';
import { desiredState } from '../../../server/model/desired.ts';
import { compileText } from '../../../server/model/compile-file.ts';
import type { Model } from '../../../server/flow/model.ts';
import { addressOn, link, scope, view } from '../support/view.ts';
import { staged } from '../support/text.ts';

const FILE = `
topology: shop
networks:
  wan: { subnet: 192.0.2.0/24, router: 192.0.2.1, external: true }
  six: { subnet: "2001:db8:6::/64" }
  lan: { subnet: [10.1.0.0/24, "2001:db8:1::/64"] }
hosts:
  x: { access: local, bridges: { b0: { ports: [eno1], networks: wan }, b1: { ports: { eno2: { fabric: lan } }, networks: lan }, b2: { ports: { eno3: { fabric: six } }, networks: six } } }
  y: { access: ssh://root@y.example.net, bridges: { b0: { ports: [eno1], networks: wan }, b1: { ports: { eno2: { fabric: lan } }, networks: lan }, b2: { ports: { eno3: { fabric: six } }, networks: six } } }
guests:
  web: { on: x, nics: { lan: [10.1.0.10, "2001:db8:1::10"] }, listens: [80/tcp] }
  far: { on: x, nics: { six: "2001:db8:6::10" } }
gateways:
  gw:
    on: [x, y]
    runs: netns
    nics:
      wan: { shared: 192.0.2.11, address: { x: 192.0.2.2, y: 192.0.2.3 } }
      lan: { shared: [10.1.0.1, "2001:db8:1::1"] }
      six: { shared: "2001:db8:6::1" }
    nat: { masquerade: [lan -> wan], publish: [{ listen: 192.0.2.12:80/tcp, to: web }] }
    failover: { advertise: 100ms }
policy:
  - { allow: any, from: [lan, six], to: [lan, six] }
`;

function modelOf(text: string): Model {
  const { model, diagnostics } = compileText({ file: 'shop.yaml', text });
  if (model === null) throw new Error(JSON.stringify(diagnostics));
  return model;
}

function memberOn(model: Model, name: string): Failover {
  const host = model.hosts.get(name);
  const [only] = host === undefined ? [] : failover.desire(model, host);
  if (only === undefined) throw new Error(`no member on ${name}`);
  return only;
}

const model = modelOf(FILE);

describe('what keepalived is told', () => {
  test.each(['x', 'y'])('on %s', async (host) => {
    await expect(memberOn(model, host).files['keepalived.conf']).toMatchFileSnapshot(`${host}.conf`);
  });

  test('the members differ in whose they are, where they speak from and which is preferred, and in nothing else', () => {
    const lines = (host: string) => memberOn(model, host).files['keepalived.conf']?.split('\n') ?? [];
    const own = /router_id|priority|_src_ip|unicast_peer|^ +(169|192)/;
    expect(lines('x').filter((line) => !own.test(line))).toEqual(lines('y').filter((line) => !own.test(line)));
    expect(lines('x')).not.toEqual(lines('y'));
    expect(memberOn(model, 'x').files['holds']).toBe(memberOn(model, 'y').files['holds']);
  });

  test('unicast adverts name the other member, and preemption is asked for by a word left out', () => {
    const text = FILE.replace('advertise: 100ms', 'advertise: 1s, adverts: unicast, preempt: true');
    const { 'keepalived.conf': told } = memberOn(modelOf(text), 'x').files;
    expect(told).toContain('  unicast_src_ip 192.0.2.2\n  unicast_peer {\n    192.0.2.3\n  }\n');
    expect(told).toContain('advert_int 1.00');
    expect(told).not.toMatch(/nopreempt|mcast_src_ip/);
  });

  test('a member without an address toward the router takes the default route along', () => {
    const text = FILE.replace(', address: { x: 192.0.2.2, y: 192.0.2.3 }', '');
    expect(memberOn(modelOf(text), 'x').files['keepalived.conf']).toContain(
      '  virtual_routes {\n    0.0.0.0/0 via 192.0.2.1 dev wan\n  }\n',
    );
    expect(memberOn(model, 'x').files['keepalived.conf']).not.toContain('virtual_routes');
  });
});

test('clusters that meet on a network have numbers of their own there, whatever their order', () => {
  const names = Array.from({ length: 40 }, (_, index) => `gw-${String(index + 1)}`);
  const gateway = (name: string, index: number) =>
    `  ${name}: { on: [x, y], runs: netns, nics: { wan: { shared: 192.0.2.${String(index + 20)} } } }`;
  const head = FILE.slice(0, FILE.indexOf('  gw:\n'));
  const forth = modelOf(`${head}${names.map((name, index) => gateway(name, index)).join('\n')}`);
  const back = modelOf(
    `${head}${names
      .map((name, index) => gateway(name, index))
      .toReversed()
      .join('\n')}`,
  );
  const numbers = (of: Model) => names.map((name) => of.gateways.get(name)?.nics[0]?.routerId);
  expect(numbers(forth)).toEqual(numbers(back));
  expect(new Set(numbers(forth)).size).toBe(40);
  for (const number of numbers(forth)) expect(number).toBeGreaterThan(0);
  for (const number of numbers(forth)) expect(number).toBeLessThan(256);
});

describe('on a host', () => {
  const wanted = memberOn(model, 'x');
  const claim = { topology: 'shop', wanted: new Map([[wanted.id, wanted]]) };
  const service = {
    scope: wanted.scope,
    name: '',
    running: true,
    files: wanted.files,
    holds: [{ device: 'lan', address: '10.1.0.1/24' }],
  };
  const host = (more: object) => ({ ...view([]), services: [service], tools: ['keepalived', 'conntrackd'], ...more });

  test('is found as it was put there', () => {
    expect(failover.observe(host({}), claim)).toEqual([wanted]);
    expect(failover.compare?.(wanted, wanted)).toEqual([]);
  });

  test('one that died, or is told something else, differs', () => {
    const [dead] = failover.observe(host({ services: [{ ...service, running: false }] }), claim);
    expect(dead === undefined ? [] : failover.compare?.(wanted, dead)).toEqual([
      { field: 'running', expected: true, found: false },
    ]);
    const other = { ...wanted, files: { ...wanted.files, holds: 'lan 10.1.0.9/24\n' } };
    expect(failover.compare?.(wanted, other).map(({ field }) => field)).toEqual(['holds']);
  });

  test('one of another topology is not ours', () => {
    const files = { ...wanted.files, topology: 'other\n' };
    expect(failover.observe(host({ services: [{ ...service, files }] }), claim)).toEqual([]);
  });

  test('another service in the same stack is no member of a cluster', () => {
    expect(failover.observe(host({ services: [{ ...service, name: 'dnsmasq' }] }), claim)).toEqual([]);
  });

  test('what is not installed is named beforehand, with the package', () => {
    expect(failover.obstacle?.(wanted, host({ tools: [] }), claim)).toMatch(/keepalived .*apt-get install keepalived/);
    expect(failover.obstacle?.(wanted, host({}), claim)).toBeUndefined();
    expect(failover.obstacle?.(wanted, view([]), claim)).toBeUndefined();
  });

  test('what it shares is nobody else’s: found on an interface it is no drift', () => {
    const nic = link(2, 'lan', {
      type: 'veth',
      alias: 'trunkline:1:shop:veth:p+peer',
      addresses: [addressOn('10.1.0.1/24'), addressOn('10.1.0.7/24')],
    });
    const inside = view([], { inside: [scope(wanted.scope, [link(1, 'lo'), nic])] });
    const found = address.observe({ ...inside, services: [service] }, { topology: 'shop', wanted: new Map() });
    expect(found.map((each) => each.address)).toEqual(['10.1.0.7/24']);
    expect(address.observe(inside, { topology: 'shop', wanted: new Map() })).toHaveLength(2);
  });

  test('comes when all else stands, and is over before anything goes', () => {
    expect(staged(failover, undefined, wanted)).toBe('opens:\nsh /run/trunkline/services/shop-gw/control take shop-gw');
    expect(staged(failover, wanted, undefined)).toBe(
      'removes:\nsh /run/trunkline/services/shop-gw/control stop shop-gw',
    );
    const made = new Set(desiredState(model, 'x', KINDS).resources.keys());
    for (const { to, diesWith } of failover.refers(wanted)) {
      expect(made).toContain(to);
      expect(diesWith).toBe(false);
    }
  });
});
