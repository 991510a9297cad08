/** What is sent to see whether expectations hold. */
import { describe, expect, test } from 'vitest';
import type { Probe, ProbePlan } from '../../server/flow/probe.ts';
import { probePlan } from '../../server/model/probes.ts';
import { EXAMPLE } from './support/example.ts';
import { modelOf } from './support/compile-text.ts';

function line(probe: Probe): string {
  const { want, protocol, port, from, to, target, forcedVia, listener } = probe;
  const service = port === null ? protocol : `${String(port)}/${protocol}`;
  const end = target === null ? 'nobody' : `${target.node}${target.port === null ? '' : `:${String(target.port)}`}`;
  const forced = forcedVia === null ? '' : ` forced by ${forcedVia.gateway} ${forcedVia.via}`;
  return `${want} ${service} ${from.node} ${from.address} > ${to.address} (${to.node ?? 'nobody'}) ends at ${end}${forced}, ${listener}`;
}

const BASE = (expectLines: string, more = '') => `
topology: t
networks:
  wan: { vlan: 10, subnet: [192.0.2.0/24, "2001:db8:ff::/64"], router: [192.0.2.1, "2001:db8:ff::1"], external: true }
  lan: { vlan: 11, subnet: [10.0.0.0/24, "2001:db8:1::/64"] }
  dmz: { vlan: 12, subnet: 10.0.1.0/24 }
  old: { vlan: 13, subnet: 10.0.2.0/24 }
hosts: { node: { access: local, bridges: { br0: { ports: [eno1] } }, nics: { dmz: 10.0.1.2 } } }
guests:
  web: { on: node, nics: { lan: [10.0.0.10, "2001:db8:1::10"] }, listens: [80/tcp, 100-200/udp] }
  db:  { on: node, nics: { dmz: 10.0.1.10 }, listens: [5432/tcp] }
gateways:
  gw:
    on: node
    nics: { wan: [192.0.2.11, "2001:db8:ff::11"], lan: [10.0.0.1, "2001:db8:1::1"], dmz: 10.0.1.1, old: 10.0.2.1 }
    nat: { publish: [443/tcp -> web:80] }
${more}
expect:
${expectLines}
`;

const planOf = (expectLines: string, more = ''): ProbePlan => probePlan(modelOf(BASE(expectLines, more)));
const linesOf = (expectLines: string, more = ''): readonly string[] => planOf(expectLines, more).probes.map(line);

describe('probes', () => {
  test('of the example', () => {
    const { internet, temporary, probes } = probePlan(modelOf(EXAMPLE));
    expect(internet).toEqual([{ network: 'wan', routers: ['192.0.2.1/24'], beyond: ['198.51.100.1', '203.0.113.10'] }]);
    // The hosts alone are on it.
    expect(temporary.map((each) => each.node)).toEqual(['temporary@mgmt']);
    expect(probes.slice(0, 4).map(line)).toEqual([
      'allow 443/tcp internet 203.0.113.10 > 192.0.2.11 (vgw-1@gw-x) ends at web1:8443, declared',
      'allow 25/tcp internet 198.51.100.1 > 192.0.2.12 (vgw-1@gw-x) ends at web2:2525, declared',
      'allow 5432/tcp web1 10.1.1.10 > 10.1.2.10 (db1) ends at db1:5432, declared',
      'deny icmp internet 203.0.113.10 > 10.1.2.10 (db1) ends at db1 forced by vgw-1 192.0.2.11, none',
    ]);
  });

  test('go over every family that both ends have', () => {
    expect(linesOf('  - { allow: 80/tcp, from: internet, to: web }')).toEqual([
      'allow 80/tcp internet 203.0.113.10 > 10.0.0.10 (web) ends at web:80, declared',
      'allow 80/tcp internet 2001:db8:ffff::10 > 2001:db8:1::10 (web) ends at web:80, declared',
    ]);
    expect(linesOf('  - { allow: 80/tcp, from: db, to: web }')).toEqual([
      'allow 80/tcp db 10.0.1.10 > 10.0.0.10 (web) ends at web:80, declared',
    ]);
  });

  test('of `any` are echo, every declared port, and one of tcp and udp that nobody declared', () => {
    expect(linesOf('  - { deny: any, from: db, to: web }')).toEqual([
      'deny icmp db 10.0.1.10 > 10.0.0.10 (web) ends at web, none',
      'deny 80/tcp db 10.0.1.10 > 10.0.0.10 (web) ends at web:80, declared',
      'deny 40404/tcp db 10.0.1.10 > 10.0.0.10 (web) ends at web:40404, none',
      'deny 100/udp db 10.0.1.10 > 10.0.0.10 (web) ends at web:100, declared',
      'deny 150/udp db 10.0.1.10 > 10.0.0.10 (web) ends at web:150, declared',
      'deny 200/udp db 10.0.1.10 > 10.0.0.10 (web) ends at web:200, declared',
      'deny 40404/udp db 10.0.1.10 > 10.0.0.10 (web) ends at web:40404, none',
    ]);
  });

  test('to a network go to its guests, not to gateways; an allow gets a listener where nobody listens', () => {
    expect(linesOf('  - { allow: 22/tcp, from: web, to: dmz }')).toEqual([
      'allow 22/tcp web 10.0.0.10 > 10.0.1.10 (db) ends at db:22, temporary',
    ]);
  });

  test('a host is no member of its networks, and what may not get in may not get to it', () => {
    expect(linesOf('  - { deny: 22/tcp, from: web, to: dmz }')).toEqual([
      'deny 22/tcp web 10.0.0.10 > 10.0.1.10 (db) ends at db:22, none',
      'deny 22/tcp web 10.0.0.10 > 10.0.1.2 (node) ends at node:22, none',
    ]);
    expect(linesOf('  - { deny: 22/tcp, from: dmz, to: web }')).toEqual([
      'deny 22/tcp db 10.0.1.10 > 10.0.0.10 (web) ends at web:22, none',
    ]);
  });

  test('a network without members gets a temporary one, with a route out', () => {
    const plan = planOf('  - { deny: 22/tcp, from: web, to: old }\n  - { allow: icmp, from: old, to: internet }');
    expect(plan.temporary).toEqual([
      { node: 'temporary@old', network: 'old', addresses: ['10.0.2.254/24'], defaultVia: ['10.0.2.1'] },
    ]);
    expect(plan.probes.map(line)).toEqual([
      'deny 22/tcp web 10.0.0.10 > 10.0.2.254 (temporary@old) ends at temporary@old:22, none',
      'allow icmp temporary@old 10.0.2.254 > 203.0.113.10 (internet) ends at internet, none',
    ]);
  });

  test('a gateway is asked at the address that the sender is near to', () => {
    expect(linesOf('  - { allow: icmp, from: db, to: gw }')).toEqual([
      'allow icmp db 10.0.1.10 > 10.0.1.1 (gw@node) ends at gw@node, none',
    ]);
    expect(linesOf('  - { deny: icmp, from: db, to: gw }')).toHaveLength(4);
  });

  test('a denial from outside is forced through the gateway, except to what is on the wire outside', () => {
    expect(linesOf('  - { deny: 5432/tcp, from: internet, to: db }')).toEqual([
      'deny 5432/tcp internet 203.0.113.10 > 10.0.1.10 (db) ends at db:5432 forced by gw 192.0.2.11, declared',
    ]);
    expect(linesOf('  - { deny: 22/tcp, from: internet, to: 192.0.2.11 }')).toEqual([
      'deny 22/tcp internet 203.0.113.10 > 192.0.2.11 (gw@node) ends at gw@node:22, none',
    ]);
  });

  test('a packet to an address that nobody has ends nowhere', () => {
    expect(linesOf('  - { deny: 22/tcp, from: db, to: 10.0.0.99 }')).toEqual([
      'deny 22/tcp db 10.0.1.10 > 10.0.0.99 (nobody) ends at nobody, none',
    ]);
  });

  test('an address that stands for internet is in no prefix that a line names', () => {
    const plan = planOf('  - { deny: icmp, from: internet, to: db }\n  - { deny: icmp, from: 203.0.113.0/24, to: db }');
    expect(plan.probes.map((probe) => probe.from.address)).toEqual(['198.51.100.10', '203.0.113.1']);
    expect(plan.internet[0]?.beyond).toEqual(['198.51.100.10', '203.0.113.1', '2001:db8:ffff::10']);
  });

  test('of very many pairs ask every end, not every pair', () => {
    const guests = Array.from(
      { length: 200 },
      (_, g) => `  m${String(g)}: { on: node, nics: { old: 10.0.2.${String(g + 10)} } }`,
    ).join('\n');
    const text = BASE('  - { allow: 22/tcp, from: old, to: old }').replace('gateways:', `${guests}\ngateways:`);
    const { probes } = probePlan(modelOf(text));
    expect(probes).toHaveLength(200);
    expect(new Set(probes.map((probe) => probe.from.node)).size).toBe(200);
    expect(new Set(probes.map((probe) => probe.to.node)).size).toBe(200);
    expect(probes.every((probe) => probe.from.node !== probe.to.node)).toBe(true);
  });
});
