import type { GraphDocument } from '../../server/flow/graph.ts';
import { compileText } from '../../server/model/compile-file.ts';
import { graphDocument } from '../../server/model/graph.ts';

export interface Size {
  readonly hosts: number;
  readonly networks: number;
  readonly guests: number;
}

/**
 * Topology text of a site of any size: VLAN networks that all hosts can carry, guests dealt out over both, every twentieth
 * with a second NIC, host addresses on the first network, and one gateway to the outside.
 */
export function siteText(name: string, { hosts, networks, guests }: Size): string {
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
  const used = new Map<number, number>();
  // What the first network holds at most: all hosts, its guests, and the second NICs of others.
  const most = 10 + hosts + hosts * Math.ceil(guests / (hosts * networks)) + guests / 20;
  const isWide = most > 250;
  const prefix = (network: number): string => (isWide ? `10.${String(network)}` : `10.1.${String(network)}`);
  const address = (network: number): string => {
    const station = (used.get(network) ?? 9) + 1;
    used.set(network, station);
    return `${prefix(network)}.${isWide ? `${String(station >> 8)}.` : ''}${String(station & 255)}`;
  };
  const network = (n: number): string =>
    `  app-${String(n)}: { vlan: ${String(100 + n)}, subnet: ${prefix(n)}.${isWide ? '0.0/16' : '0/24'} }`;
  const host = (h: number): string => {
    const access = hosts === 1 ? 'local' : `ssh://root@hv${String(h)}.example.net`;
    return `  hv${String(h)}: { access: "${access}", bridges: { br0: { ports: [eno1] } }, nics: { app-1: ${address(1)} } }`;
  };
  const guest = (g: number): string => {
    const own = 1 + (Math.floor(g / hosts) % networks);
    const nics = [`app-${String(own)}: { address: ${address(own)}, default: true }`];
    const other = own === 1 ? 2 : 1;
    if (g % 20 === 0 && networks > 1) nics.push(`app-${String(other)}: ${address(other)}`);
    return `  vm${String(g)}: { on: hv${String(1 + (g % hosts))}, nics: { ${nics.join(', ')} } }`;
  };
  return [
    `topology: ${name}`,
    'networks:',
    '  wan: { vlan: 10, subnet: 192.0.2.0/24, router: 192.0.2.1, external: true }',
    ...numbers(networks).map(network),
    'hosts:',
    ...numbers(hosts).map(host),
    'guests:',
    ...numbers(guests).map(guest),
    'gateways:',
    '  vgw-1:',
    '    on: [hv1]',
    '    runs: netns',
    '    nics:',
    '      wan: { address: 192.0.2.11 }',
    ...numbers(networks).map((n) => `      app-${String(n)}: { address: ${prefix(n)}.${isWide ? '0.1' : '1'} }`),
    '',
  ].join('\n');
}

export function graphOf(text: string): GraphDocument {
  const { model, diagnostics } = compileText({ file: 'site.yaml', text });
  if (model === null) throw new Error(JSON.stringify(diagnostics));
  return graphDocument(model);
}
