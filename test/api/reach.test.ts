import { expect, test } from 'vitest';
import type { FailureAnswer } from '../../server/api/schema/common.ts';
import type { PacketAnswers } from '../../server/api/schema/packet.ts';
import type { Site } from './site.ts';
import { openSite } from './site.ts';

const SHOP = `topology: shop
networks:
  wan: { subnet: 192.0.2.0/24, router: 192.0.2.1, external: true }
  app: { subnet: 10.1.1.0/24 }
hosts:
  box: { access: local, bridges: { br-wan: { ports: [eno1], networks: [wan] }, br-app: { networks: [app] } } }
guests:
  web1: { on: box, nics: { app: 10.1.1.10 }, listens: [8443/tcp] }
gateways:
  gw:
    on: [box]
    runs: netns
    nics: { wan: { address: 192.0.2.10 }, app: { address: 10.1.1.1 } }
    nat: { masquerade: [app -> wan], publish: [443/tcp -> web1:8443] }
policy:
  - { allow: 25/tcp, from: app, to: internet }
`;

async function ask(site: Site, query: string): Promise<{ status: number; answer: PacketAnswers & FailureAnswer }> {
  const url = `/api/topologies/shop.yaml/reach?${query}`;
  const { statusCode, json } = await site.ask({ url, headers: { cookie: await site.signIn() } });
  return { status: statusCode, answer: json() };
}

test('a packet is followed hop by hop, with the line of the file that decides, and the node of the map', async () => {
  await using site = await openSite({ 'shop.yaml': SHOP });
  const { answer } = await ask(site, 'from=web1&to=internet:25/tcp');
  const [four] = answer.answers;
  expect(four).toMatchObject({ family: 4, verdict: 'delivered', from: { node: 'web1', address: '10.1.1.10' } });
  expect(four?.hops.map(({ on, action }) => `${on} ${action}`)).toEqual([
    'guest:web1 sends',
    'bridge:box/br-app switches',
    'gateway:gw accepts',
    'gateway:gw forwards',
    'gateway:gw translates',
    'bridge:box/br-wan switches',
    'internet delivers',
  ]);
  // Where the folder lies is nobody's business.
  expect(four?.hops[2]?.by).toMatchObject({ file: 'shop.yaml', line: 16 });
  expect(JSON.stringify(answer)).not.toContain(site.folder);
});

test('a translation shows on the packet, and the answer comes back', async () => {
  await using site = await openSite({ 'shop.yaml': SHOP });
  const { answer } = await ask(site, 'from=internet&to=192.0.2.10:443/tcp');
  const translated = answer.answers[0]?.hops.find(({ action }) => action === 'translates');
  expect(translated?.packet).toMatchObject({ destination: '10.1.1.10', destinationPort: 8443 });
  expect(answer.answers[0]?.reply?.verdict).toBe('delivered');
});

test('a refusal has a reason; a host that is down takes what is on it along', async () => {
  await using site = await openSite({ 'shop.yaml': SHOP });
  const refused = await ask(site, 'from=web1&to=internet:80/tcp');
  expect(refused.answer.answers[0]?.verdict).toBe('dropped');
  expect(refused.answer.answers[0]?.hops.at(-1)).toMatchObject({ on: 'gateway:gw', action: 'drops' });
  const down = await ask(site, 'from=internet&to=192.0.2.10:443/tcp&without=box');
  expect(down.answer.without).toEqual(['box']);
  expect(down.answer.answers[0]?.verdict).not.toBe('delivered');
});

test.each([
  ['from=web1&to=nobody:80/tcp', 400],
  ['from=web1&to=internet', 400],
  ['from=web1', 400],
  ['from=web1&to=internet:80/tcp&without=nowhere', 400],
  [`from=${'a'.repeat(300)}&to=internet:80/tcp`, 400],
])('%s is refused, and says why', async (query, status) => {
  await using site = await openSite({ 'shop.yaml': SHOP });
  const { status: found, answer } = await ask(site, query);
  expect(found).toBe(status);
  expect(answer.failure.summary).not.toBe('');
  expect(site.reports).toEqual([]);
});

test('of a file that is wrong nothing is said', async () => {
  await using site = await openSite({ 'shop.yaml': SHOP.replace('guests:', 'gusts:') });
  expect((await ask(site, 'from=web1&to=internet:25/tcp')).status).toBe(422);
});
