import { expect, test } from 'vitest';
import { parseListens, parseService } from '../../../server/topology/grammar/service.ts';
import { expectRefusal, valueOf } from './table.ts';

const port = (first: number, last = first) => ({ first, last });

test.each([
  ['443/tcp', [{ protocol: 'tcp', ports: [port(443)] }]],
  ['53/udp', [{ protocol: 'udp', ports: [port(53)] }]],
  ['80,443/tcp', [{ protocol: 'tcp', ports: [port(80), port(443)] }]],
  ['443, 80/tcp', [{ protocol: 'tcp', ports: [port(80), port(443)] }]],
  ['8000-8100/tcp', [{ protocol: 'tcp', ports: [port(8000, 8100)] }]],
  ['1-65535/udp', [{ protocol: 'udp', ports: [port(1, 65535)] }]],
  ['90,80-100,95-120/tcp', [{ protocol: 'tcp', ports: [port(80, 120)] }]],
  [
    '53',
    [
      { protocol: 'tcp', ports: [port(53)] },
      { protocol: 'udp', ports: [port(53)] },
    ],
  ],
  ['icmp', [{ protocol: 'icmp' }]],
  [' any ', [{ protocol: 'any' }]],
])('%s', (text, services) => {
  expect(valueOf(parseService(text))).toEqual(services);
});

test.each([
  '8443/»tpc',
  '»0/tcp',
  '»65536/tcp',
  '80,»70000/tcp',
  '»9-5/udp',
  '80-»x/tcp',
  '80,»/tcp',
  '»https',
  '»80/tcp/udp',
  '80/»TCP',
  '»053',
  '»',
  '»-1',
  '»１/tcp',
])('%s is refused there', (marked) => {
  expectRefusal(parseService, marked, 'invalid-service');
});

test.each(['»icmp', '»any'])('nobody listens on %s', (marked) => {
  expectRefusal(parseListens, marked, 'invalid-service');
});
