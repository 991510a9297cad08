/** What findings on differences say alike. */
import type { Difference } from '../differences.ts';
import type { Exposure } from '../exposure.ts';
import { hasPort, isWide, portCount } from '../exposure.ts';
import type { Locus, Witness } from '../finding.ts';
import { locusOf } from '../scene.ts';
import type { Scene } from '../scene.ts';
import type { FindingSeverity } from '../severity.ts';
import { WIDE_PORTS } from './exp-001.ts';
import type { KnownService } from './services.ts';
import { ADMIN, DATA, numberOf } from './services.ts';

/** How bad it is that this may pass, as the findings on exposure have it. */
export function severityOf({ outside, exposures }: Difference): FindingSeverity {
  const wide = exposures.filter(({ family, box }) => isWide(family, box.sources));
  if (!outside || wide.length === 0) return 'low';
  const holds = (services: readonly KnownService[]): boolean =>
    wide.some((each) => portCount(each) <= WIDE_PORTS && services.some((one) => isOf(each, one)));
  if (holds(DATA)) return 'critical';
  if (holds(ADMIN) || wide.some((each) => hasPorts(each) && portCount(each) > WIDE_PORTS)) return 'high';
  return 'medium';
}

function hasPorts({ box }: Exposure): boolean {
  return box.protocols.includes(6n) || box.protocols.includes(17n);
}

function isOf(each: Exposure, service: KnownService): boolean {
  return each.box.protocols.includes(numberOf(service)) && hasPort(each, service.port);
}

/** `5432/tcp from internet to db1 10.1.1.5` */
export function flowText({ sources, services, end }: Difference): string {
  return `${listText(services)} from ${listText(sources)} to ${end}`;
}

/** Where it is not one address: which. */
export function detailOf({ exposures: [{ target }], end }: Difference): string {
  return end === 'internet' || end.includes(target) || end.endsWith(' itself') ? '' : `Addresses there: ${target}.`;
}

const SHOWN = 6;

function listText(services: readonly string[]): string {
  const shown = services.slice(0, SHOWN).join(', ');
  return services.length > SHOWN ? `${shown} and ${String(services.length - SHOWN)} more` : shown;
}

export function aboutOf({ exposures: [first], sources, services, end }: Difference): string {
  return `${first.on.stack.node} ${sources.join(',')} -> ${end} ${services.join(',')}`;
}

/** The rule that lets it pass, and the one that stops it in the other state. */
export function rulesOf(scene: Scene, { exposures: [first], stoppedBy }: Difference): readonly Locus[] {
  const { on, by } = first;
  return [by, stoppedBy].flatMap((each) => (each === null ? [] : [locusOf(scene, on.stack, each)]));
}

export function witnessOf({ sources: [source], exposures: [first] }: Difference): Witness {
  return { ...first.witness, from: source ?? first.witness.from };
}
