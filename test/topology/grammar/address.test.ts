import { expect, test } from 'vitest';
import { parseAddress } from '../../../server/topology/grammar/address.ts';
import { parseMac } from '../../../server/topology/grammar/mac.ts';
import { parsePrefix } from '../../../server/topology/grammar/prefix.ts';
import { expectRefusal, valueOf } from './table.ts';

test.each([
  ['10.1.1.10', '10.1.1.10'],
  ['2001:DB8:0:0::10', '2001:db8::10'],
])('address %s', (text, canonical) => {
  expect(valueOf(parseAddress(text))).toBe(canonical);
});

test.each([
  '»10.1.1',
  '»10.1.1.1.1',
  '10.1.1.»300',
  '10.»010.1.1',
  '10.».1.1',
  '10.1.1.10»/24',
  'fe80::1»%eth0',
  '»[2001:db8::1]',
  '2001:db8::»g',
  '10.1.1.1»:80',
  '»0x7f000001',
  '»localhost',
  '»',
])('address %s is refused there', (marked) => {
  expectRefusal(parseAddress, marked, 'invalid-address');
});

test('auto is for guests only', () => {
  expectRefusal(parseAddress, 'auto', 'invalid-address');
});

test.each([
  ['10.1.1.0/24', '10.1.1.0/24'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['10.1.1.7/32', '10.1.1.7/32'],
  ['2001:DB8:1::/64', '2001:db8:1::/64'],
])('prefix %s', (text, canonical) => {
  expect(valueOf(parsePrefix(text))).toBe(canonical);
});

test.each([
  '10.1.1.0/»33',
  '10.1.1.0/»',
  '10.1.1.0/»024',
  '10.1.1.0»',
  '»10.1.0/24',
  '2001:db8::/»129',
  '»lan',
  '10.1.»300.0/24',
])('prefix %s is refused there', (marked) => {
  expectRefusal(parsePrefix, marked, 'invalid-prefix');
});

test.each(['10.1.1.1/24', '2001:db8::1/64'])('prefix %s names a host', (text) => {
  expectRefusal(parsePrefix, text, 'host-bits');
});

test('MAC addresses are small letters and colons', () => {
  expect(valueOf(parseMac('02:00:00:01:02:0A'))).toBe('02:00:00:01:02:0a');
});

test.each([
  '02»-00-00-01-02-0a',
  '»02:00:00:01:02',
  '02:00:00:01:02:0»g',
  '»01:00:5e:00:00:01',
  '»ff:ff:ff:ff:ff:ff',
  '»00:00:00:00:00:00',
])('MAC %s is refused there', (marked) => {
  expectRefusal(parseMac, marked, 'invalid-mac');
});
