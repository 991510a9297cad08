import { compileText } from '../../server/model/compile-file.ts';
import type { Model } from '../../server/flow/model.ts';

/** The model of a text that has to be right. */
export function modelOf(text: string, file = 'test.yaml'): Model {
  const { model, diagnostics } = compileText({ file, text });
  if (model === null) throw new Error(JSON.stringify(diagnostics, null, 2));
  return model;
}

/** One host with an uplink, a gateway and some guests. */
export function smallOffice(options: { readonly guests?: number; readonly more?: string } = {}): string {
  const guests = Array.from({ length: options.guests ?? 2 }, (_, index) => {
    const address = `10.20.${String(Math.floor(index / 200))}.${String((index % 200) + 10)}`;
    return `  g${String(index + 1)}: { on: here, nics: { lan: ${address} }, listens: [80/tcp] }`;
  });
  return `
topology: small
networks:
  wan: { subnet: 192.0.2.0/24, router: 192.0.2.1, external: true }
  lan: { subnet: [10.20.0.0/16, "2001:db8:20::/64"] }
hosts:
  here:
    access: local
    bridges:
      br-wan: { ports: [{ eno1: { fabric: street } }], networks: [wan] }
      br-lan: { networks: [lan] }
    nics: { lan: 10.20.255.2 }
guests:
${guests.join('\n')}
gateways:
  gw:
    on: [here]
    runs: netns
    nics: { wan: { address: 192.0.2.10 }, lan: { address: [10.20.255.1, "2001:db8:20::1"] } }
    nat: { masquerade: [lan -> wan], publish: [80/tcp -> g1] }
policy:
  - { allow: 443/tcp, from: lan, to: internet }
${options.more ?? ''}
`;
}
