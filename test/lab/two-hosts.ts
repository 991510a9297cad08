import { randomBytes } from 'node:crypto';
import type { Model } from '../../server/flow/model.ts';
import { labDown } from '../../server/lab/index.ts';
import { compileText } from '../../server/model/compile-file.ts';

/** Untagged, so that it runs on any kernel: two hosts on one wire, a gateway between them and the internet. */
const TWO_HOSTS = `
networks:
  wan: { subnet: [192.0.2.0/24, "2001:db8:2::/64"], router: [192.0.2.1, "2001:db8:2::1"], external: true }
  lan: { subnet: [10.1.0.0/24, "2001:db8:1::/64"] }
hosts:
  left:
    access: local
    bridges:
      br-wan: { ports: [{ eno1: { fabric: street } }], networks: [wan] }
      br-lan: { ports: [{ eno2: { fabric: floor } }], networks: [lan] }
  right:
    access: ssh://root@right.example.net
    bridges:
      br-lan: { ports: [{ eno2: { fabric: floor } }], networks: [lan] }
guests:
  web:   { on: right, nics: { lan: [10.1.0.10, "2001:db8:1::10"] }, listens: [8443/tcp, 53/udp, 20000-20300/udp] }
  other: { on: left, nics: { lan: [10.1.0.11, "2001:db8:1::11"] }, listens: [8443/tcp] }
gateways:
  gw:
    on: [left]
    runs: netns
    nics:
      wan: { address: [192.0.2.10, "2001:db8:2::10"] }
      lan: { address: [10.1.0.1, "2001:db8:1::1"] }
    nat:
      masquerade: [lan -> wan]
      publish: [443/tcp -> web:8443, 53/udp -> web]
policy:
  - { allow: [443/tcp, icmp], from: lan, to: internet }
expect:
  - { allow: 443/tcp, from: internet, to: 192.0.2.10, reaches: web:8443 }
  - { allow: 53/udp, from: internet, to: 192.0.2.10, reaches: web:53 }
  - { allow: [443/tcp, icmp], from: web, to: internet }
  - { allow: [8443/tcp, icmp], from: other, to: web }
  - { allow: 20100/udp, from: other, to: web }
  - { deny: 80/tcp, from: web, to: internet }
  - { deny: any, from: internet, to: other }
`;

export function twoHostsText(name: string): string {
  return `topology: ${name}\n${TWO_HOSTS}`;
}

/** A topology of a name that nobody else has. */
export function twoHosts(change: (text: string) => string = (text) => text): Model {
  const name = `lab-${randomBytes(4).toString('hex')}`;
  const { model, diagnostics } = compileText({
    file: 'two-hosts.yaml',
    text: `topology: ${name}\n${change(TWO_HOSTS)}`,
  });
  if (model === null) throw new Error(JSON.stringify(diagnostics));
  return model;
}

/** Runs `work`, and removes the labs whatever came of it. */
export async function withLabs(models: readonly Model[], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    for (const model of models) await labDown(model.topology);
  }
}
