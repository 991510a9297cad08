import { expect, test } from 'vitest';
import { parseMasquerade } from '../../../server/topology/grammar/masquerade.ts';
import { parseListen, parsePublish } from '../../../server/topology/grammar/publish.ts';
import { parseReaches, parseTarget } from '../../../server/topology/grammar/target.ts';
import { expectRefusal, valueOf } from './table.ts';

const tcp = (first: number, last = first) => ({ protocol: 'tcp', ports: [{ first, last }] });
const udp = (first: number, last = first) => ({ protocol: 'udp', ports: [{ first, last }] });
const guest = (name: string) => ({ guest: name, address: null });

test.each([
  ['443/tcp -> web1:8443', null, [tcp(443)], guest('web1'), 8443],
  ['443/tcp->web1:8443', null, [tcp(443)], guest('web1'), 8443],
  ['10000-10100/udp -> web2', null, [udp(10000, 10100)], guest('web2'), null],
  ['53 -> dns1', null, [tcp(53), udp(53)], guest('dns1'), null],
  ['443/tcp -> 10.1.1.10:8443', null, [tcp(443)], { guest: null, address: '10.1.1.10' }, 8443],
  ['192.0.2.12:25/tcp -> web2:2525', '192.0.2.12', [tcp(25)], guest('web2'), 2525],
  [
    '[2001:DB8::1]:25/tcp -> [2001:db8:1::10]:2525',
    '2001:db8::1',
    [tcp(25)],
    { guest: null, address: '2001:db8:1::10' },
    2525,
  ],
])('publish %s', (text, address, services, target, port) => {
  expect(valueOf(parsePublish(text))).toMatchObject({ listen: { address, services }, to: { target, port } });
});

test('two ports may become one', () => {
  const services = [
    {
      protocol: 'tcp',
      ports: [
        { first: 80, last: 80 },
        { first: 443, last: 443 },
      ],
    },
  ];
  expect(valueOf(parsePublish('80,443/tcp -> web1:8443'))).toMatchObject({ listen: { services }, to: { port: 8443 } });
});

test.each([
  ['»443/tcp', 'invalid-publish'],
  ['443/tcp »=> web1', 'invalid-publish'],
  ['443/tcp ->»', 'invalid-publish'],
  ['»-> web1', 'invalid-publish'],
  ['443/tcp -> web1 »-> web2', 'invalid-publish'],
  ['443/»tpc -> web1', 'invalid-service'],
  ['»70000/tcp -> web1', 'invalid-service'],
  ['443/tcp -> web»_1', 'invalid-target'],
  ['443/tcp -> web1:»http', 'invalid-target'],
  ['443/tcp -> web1:8443»/tcp', 'invalid-target'],
  ['443/tcp -> 10.1.1.»300:80', 'invalid-address'],
  ['8000-8100/tcp -> »web1:9000', 'invalid-publish'],
  ['8000-8100/tcp -> web1:»8000-8100', 'invalid-target'],
  ['»icmp -> web1', 'invalid-publish'],
  ['192.0.2.»300:25/tcp -> web1', 'invalid-address'],
  ['»2001:db8::1:25/tcp -> web1', 'invalid-publish'],
])('publish %s is refused there as %s', (marked, code) => {
  expectRefusal(parsePublish, marked, code);
});

test.each([
  ['192.0.2.12:25/tcp', '192.0.2.12'],
  ['[2001:db8::1]:25/tcp', '2001:db8::1'],
  ['25/tcp', null],
])('listen %s', (text, address) => {
  expect(valueOf(parseListen(text))).toMatchObject({ address, services: [tcp(25)] });
});

test.each([
  ['web1', guest('web1'), null],
  ['web1:80', guest('web1'), 80],
  ['2001:db8::10', { guest: null, address: '2001:db8::10' }, null],
  ['[2001:db8::10]', { guest: null, address: '2001:db8::10' }, null],
])('target %s', (text, target, port) => {
  expect(valueOf(parseTarget(text))).toEqual({ target, port });
});

test('reaches names a guest', () => {
  expect(valueOf(parseReaches('web1:8443'))).toEqual({ guest: 'web1', port: 8443 });
  expect(valueOf(parseReaches('web1'))).toEqual({ guest: 'web1', port: null });
  expectRefusal(parseReaches, '»10.1.1.10:8443', 'invalid-target');
  expectRefusal(parseReaches, 'web1:»0', 'invalid-target');
});

test('masquerade', () => {
  expect(valueOf(parseMasquerade('shop -> wan'))).toEqual({ from: 'shop', to: 'wan' });
  expect(valueOf(parseMasquerade('  shop->wan '))).toEqual({ from: 'shop', to: 'wan' });
});

test.each([
  '»shop',
  'shop »<-> wan',
  'shop ->»',
  'shop -> »192.0.2.1',
  'shop -> w»AN',
  '»10.0.0.0/8 -> wan',
  'shop -> »shop',
])('masquerade %s is refused there', (marked) => {
  expectRefusal(parseMasquerade, marked, 'invalid-masquerade');
});
