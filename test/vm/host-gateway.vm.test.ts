/** Gateways in a host's own stack on a kernel that filters VLANs and forwards IPv6 for whole hosts only. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { applyModel } from '../../server/run/apply.ts';
import { openHostNamespace } from '../support/host-namespace.ts';
import type { HostNamespace } from '../support/host-namespace.ts';
import { liveThroughFile } from '../support/topology-life.ts';
import { yardModel } from '../support/yard.ts';

test('on VLANs, with a network in VXLAN that comes in by an interface of the gateway', async () => {
  await liveThroughFile(join(import.meta.dirname, 'host-gateway.yaml'));
}, 600_000);

let host: HostNamespace;
beforeEach(async () => {
  host = await openHostNamespace('server');
  await host.run('ip', 'link', 'add', 'name', 'eno1', 'type', 'veth', 'peer', 'name', 'cable');
});
afterEach(async () => {
  await host.close();
});

test('IPv6 is switched on for no whole host: it is refused, or as it is where it is on', async () => {
  const apply = (): Promise<unknown> => applyModel(yardModel(), () => host.connection).catch((error: unknown) => error);
  await host.run('sysctl', '-qw', 'net.ipv6.conf.all.forwarding=0');
  expect(await apply()).toMatchObject({
    kind: 'obstacle',
    detail: expect.stringContaining('net.ipv6.conf.all.forwarding=1') as string,
  });
  await host.run('sysctl', '-qw', 'net.ipv6.conf.all.forwarding=1');
  expect(await apply()).toMatchObject({ hosts: [{ result: 'applied', verified: true }] });
});
