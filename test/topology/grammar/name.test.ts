import { expect, test } from 'vitest';
import { parseDescription } from '../../../server/topology/grammar/description.ts';
import { parseEndpoint, parseGlob } from '../../../server/topology/grammar/endpoint.ts';
import { parseBorrowedPort, parseBridgeName } from '../../../server/topology/grammar/interface-name.ts';
import { parseName, parseReference } from '../../../server/topology/grammar/name.ts';
import { expectRefusal, valueOf } from './table.ts';

test.each(['a', 'web1', 'app-net-12', 'constructor', 'a'.repeat(63)])('name %s', (text) => {
  expect(valueOf(parseName(text))).toBe(text);
});

test.each([
  '»',
  '»Web',
  '»1a',
  '»-a',
  'a»_b',
  'a» b',
  'a»;reboot',
  'a»\n',
  'a»ä',
  `»${'a'.repeat(64)}`,
  '»internet',
  '»any',
  '»__proto__',
])('name %j is refused there', (marked) => {
  expectRefusal(parseName, marked, 'invalid-name');
});

test('a reference may be to what is reserved', () => {
  expect(valueOf(parseReference('internet'))).toBe('internet');
});

test.each(['br0', 'a', 'br-office-12345'])('bridge %s', (text) => {
  expect(valueOf(parseBridgeName(text))).toBe(text);
});

test.each(['»lo', '»all', '»default', '»', 'br0».10', '»Br0', '»br-office-123456'])(
  'bridge %s is refused there',
  (marked) => {
    expectRefusal(parseBridgeName, marked, 'invalid-interface');
  },
);

test.each(['eno1', 'eno1.10', 'enP3p1s0', 'veth1@if2', 'x_y'])('port %s', (text) => {
  expect(valueOf(parseBorrowedPort(text))).toBe(text);
});

test.each(['»lo', '»default', '»../eno1', 'eno1»;reboot', 'eno1»/2', '»', 'eno1» up'])(
  'port %s is refused there',
  (marked) => {
    expectRefusal(parseBorrowedPort, marked, 'invalid-interface');
  },
);

test.each([
  ['shop', 'shop'],
  ['app-*', 'app-*'],
  ['*', '*'],
  ['internet', 'internet'],
  ['192.0.2.1', '192.0.2.1'],
  ['2001:DB8::1', '2001:db8::1'],
  [' 10.0.0.0/8', '10.0.0.0/8'],
  ['2001:DB8::/32', '2001:db8::/32'],
])('endpoint %s', (text, canonical) => {
  expect(valueOf(parseEndpoint(text))).toBe(canonical);
});

test.each([
  ['»Shop', 'invalid-endpoint'],
  ['»', 'invalid-endpoint'],
  ['a*»_', 'invalid-endpoint'],
  ['10.0.0.»256', 'invalid-address'],
  ['10.0.0.1»:80', 'invalid-address'],
  ['»10.0.0.1/8', 'host-bits'],
  ['10.0.0.0/»x', 'invalid-prefix'],
  ['p3/»10.1.1.7/24', 'host-bits'],
  ['p3/10.0.0.»256', 'invalid-address'],
])('endpoint %s is refused there as %s', (marked, code) => {
  expectRefusal(parseEndpoint, marked, code);
});

test.each(['»App', 'app».*'])('glob %s is refused', (marked) => {
  expect(parseGlob(marked.replace('»', '')).ok).toBe(false);
});

test('a description on several lines becomes one', () => {
  expect(valueOf(parseDescription('two lines\n  of text\n'))).toBe('two lines of text');
  expect(valueOf(parseDescription('שלום <b>$(x)</b>'))).toBe('שלום <b>$(x)</b>');
});

test.each(['a\u0000b', 'a\u001b[31m', 'a\u009bb', 'a\u202eb', 'a\u2066b', 'a\u200fb', '\ud800', 'x'.repeat(1001)])(
  'description %j is refused',
  (text) => {
    expectRefusal(parseDescription, text, 'invalid-description');
  },
);
