import { expect, test } from 'vitest';
import { foldServices, isEverything } from '../../server/run/policy-words.ts';

test.each([
  [
    ['443/tcp', '80/tcp', '443/tcp'],
    ['80/tcp', '443/tcp'],
  ],
  [
    ['443/tcp', 'tcp', 'icmp'],
    ['icmp', 'tcp'],
  ],
  [['tcp', 'udp', 'icmp', 'protocol 47'], ['any']],
  [['any', '443/tcp'], ['any']],
  [
    ['tcp', ...Array.from({ length: 20 }, (_, at) => `protocol ${String(100 + at)}`)],
    ['tcp', 'other protocols'],
  ],
  [[], []],
])('%j are told as %j', (services, told) => {
  expect(foldServices(services)).toEqual(told);
});

test('one port short of everything is not everything', () => {
  expect(isEverything(['tcp', 'icmp', '0-65534/udp'])).toBe(false);
  expect(isEverything(['tcp', 'icmp', 'udp'])).toBe(true);
});
