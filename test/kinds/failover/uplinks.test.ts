import { expect, test } from 'vitest';
import type { Model } from '../../../server/flow/model.ts';
import { failover } from '../../../server/kinds/failover/index.ts';
import { compileText } from '../../../server/model/compile-file.ts';

/** What is watched on host `x` of a cluster on `x` and `y`, whose hosts have these bridges and NICs. */
function watched(hosts: string, networks = 'lan: { subnet: 10.1.0.0/24 }'): string | undefined {
  const text = `
topology: ports
networks: { wan: { subnet: 192.0.2.0/24, router: 192.0.2.1, external: true }, ${networks} }
hosts:
  x: { access: local, ${hosts.replaceAll('N', '1')} }
  y: { access: ssh://root@y.example.net, ${hosts.replaceAll('N', '2')} }
gateways:
  gw: { on: [x, y], runs: netns, nics: { wan: { shared: 192.0.2.11 }, lan: { shared: 10.1.0.1 } } }
`;
  const { model, diagnostics } = compileText({ file: 'ports.yaml', text });
  if (model === null) throw new Error(JSON.stringify(diagnostics));
  return memberFiles(model)['uplinks.conf'];
}

function memberFiles(model: Model): Readonly<Record<string, string>> {
  const host = model.hosts.get('x');
  return (host === undefined ? undefined : failover.desire(model, host)[0])?.files ?? {};
}

test('every network by the ports of its bridge, in order', () => {
  const hosts =
    'bridges: { b0: { ports: [eno1], networks: wan }, b1: { ports: [{ eno3: { fabric: l } }, { eno2: { fabric: mN } }], networks: lan } }';
  expect(watched(hosts)).toBe('lan eno2 eno3\nwan eno1\n');
});

test('tagged networks by the same port, a bond as the one port that it is', () => {
  const hosts =
    'bonds: { bond0: { mode: 802.3ad, ports: [eno1, eno2] } }, bridges: { b0: { ports: [bond0], networks: [wan, lan] } }';
  expect(watched(hosts, 'lan: { subnet: 10.1.0.0/24, vlan: 5 }')).toBe('lan bond0\nwan bond0\n');
});

test('a tunnel by the ports under it', () => {
  const networks =
    'under: { subnet: 10.9.0.0/24 }, lan: { transport: vxlan, vni: 5, underlay: under, subnet: 10.1.0.0/24 }';
  const hosts =
    'bridges: { b0: { ports: [eno1], networks: wan }, b1: { ports: { eno2: { fabric: u } }, networks: under } }, nics: { under: 10.9.0.N }';
  expect(watched(hosts, networks)).toBe('lan eno2\nwan eno1\n');
});
