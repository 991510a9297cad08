import type { Exposure } from '../exposure.ts';
import { hasPort, isWide, portCount } from '../exposure.ts';
import { locusOf } from '../scene.ts';
import type { Found, FindingRule, Subject } from './rule.ts';
import type { KnownService } from './services.ts';
import { ADMIN, CLEAR_TEXT, DATA, numberOf, serviceText } from './services.ts';

/** Wider than this is another finding: nobody meant each of the ports. */
export const WIDE_PORTS = 1000;

/** What has no business on the internet. */
export const EXP_001: FindingRule = {
  id: 'EXP-001',
  name: 'Internet-exposed service',
  severity: 'critical',
  definition:
    'New connections from the internet, whoever sends them, are let through to a port that databases (critical) or administration (high) use. Ranges of more than 1,000 ports are EXP-003.',
  fix: 'Let only those networks in that need it, or a VPN.',
  standards: ['PCI DSS 4.0 1.3.1', 'NIST SP 800-53 SC-7'],
  *find(subject) {
    yield* known(subject, DATA, 'critical');
    yield* known(subject, ADMIN, 'high');
  },
};

/** What everybody on the way can read. */
export const EXP_007: FindingRule = {
  id: 'EXP-007',
  name: 'Clear-text protocol exposed',
  severity: 'medium',
  definition:
    'New connections from the internet are let through to a port whose protocol carries passwords in clear text.',
  fix: 'Use its encrypted sister (SFTP, SSH, IMAPS, LDAPS, SNMPv3), or let only known networks in.',
  standards: ['PCI DSS 4.0 1.2.6'],
  *find(subject) {
    yield* known(subject, CLEAR_TEXT, 'medium');
  },
};

function* known(
  { scene, exposures }: Subject,
  services: readonly KnownService[],
  severity: 'critical' | 'high' | 'medium',
): Iterable<Found> {
  const told = new Set<string>();
  for (const each of exposures.list) {
    if (!each.outside || !isWide(each.family, each.box.sources) || portCount(each) > WIDE_PORTS) continue;
    for (const service of services.filter((one) => isOf(each, one))) {
      const { on, target, by, witness } = each;
      const about = `${on.stack.node} ${target} ${String(service.port)}/${service.protocol}`;
      if (told.has(about)) continue;
      told.add(about);
      yield {
        severity,
        summary: `${on.stack.node} lets the internet reach ${serviceText(service)} of ${target === on.stack.node ? 'its own' : target}`,
        detail: each.sure ? '' : 'Unless a rule that is not understood refuses it.',
        at: by === null ? [] : [locusOf(scene, on.stack, by)],
        witness: { ...witness, ...portOf(each, service) },
        about,
      };
    }
  }
}

function isOf(each: Exposure, service: KnownService): boolean {
  return each.box.protocols.includes(numberOf(service)) && hasPort(each, service.port);
}

/** Behind a translation the witness already has the port that leads there. */
function portOf(
  { port }: Exposure,
  service: KnownService,
): { readonly protocol: string; readonly destinationPort?: number } {
  return port === null ? { protocol: service.protocol, destinationPort: service.port } : { protocol: service.protocol };
}
