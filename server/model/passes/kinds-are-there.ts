/**
 * In: the resolved topology. Out: what of it no kind carries out yet. It can be checked and drawn, and expectations can be
 * written for it; a plan names these things and stops, since half of a network is worse than none.
 */
import type { Place } from '../../core/place.ts';
import type { Missing } from '../../flow/model.ts';
import type { GuestNicEntry, InterceptLine, Topology } from '../../flow/topology.ts';
import type { Notes } from '../report.ts';
import { byPlace, capital } from '../report.ts';
import { ROUTER_IDS, settleRouterIds } from '../router-ids.ts';

/** Of a cluster each member tells one other of its flows. */
const TOLD_MEMBERS = 2;

/** A proxy that answers past the gateway leaves it half of a connection; and who of several has sent something, its MAC tells. */
function notYetTaken({ guests }: Topology, from: InterceptLine['from'], to: InterceptLine['to']): string | null {
  const nicsOf = ({ value }: InterceptLine['to'][number]): readonly GuestNicEntry[] => [
    ...(guests.get(value.guest ?? '')?.nics.values() ?? []),
  ];
  const beside = to.flatMap(nicsOf).find(({ name }) => from.some(({ value }) => value === name));
  if (beside !== undefined) return `where a proxy lies on ${beside.name}, which it serves`;
  const nameless = to.find((each) => each.value.guest === null || nicsOf(each).some(({ port }) => port !== null));
  if (to.length < 2 || nameless === undefined) return null;
  return `where ${nameless.value.guest ?? nameless.value.address} is one of several and nobody knows its MAC`;
}

export function findMissing(topology: Topology, notes: Notes): readonly Missing[] {
  const missing: Missing[] = [];
  const routerIds = settleRouterIds(topology);
  const miss = (kind: string, place: Place, what: string): void => {
    missing.push({ kind, place, what });
  };
  for (const { name, runs } of topology.guests.values()) {
    if (runs?.value === 'vm') miss('vm', runs.place, `making guest ${name} as a virtual machine`);
    if (runs?.value === 'netns') miss('guest', runs.place, `making guest ${name} as a network namespace`);
  }
  for (const { name, on, runs, nics, failover, intercept } of topology.gateways.values()) {
    const [, second] = on;
    if (second !== undefined && runs.value !== 'netns')
      miss('failover', second.place, `failover of gateway ${name} between its members`);
    const full =
      second === undefined ? undefined : [...nics.keys()].find((each) => routerIds(name, each) === undefined);
    if (second !== undefined && full !== undefined)
      miss(
        'failover',
        second.place,
        `a further cluster on network ${full}, where ${name} is one of more than ${String(ROUTER_IDS)}`,
      );
    const kept = failover?.keepConnections?.value ?? true;
    if (kept && new Set(on.map((each) => each.value)).size > TOLD_MEMBERS && on[TOLD_MEMBERS] !== undefined)
      miss(
        'failover',
        on[TOLD_MEMBERS].place,
        `keeping the connections of gateway ${name} over more than two members (\`keep-connections: false\` does without)`,
      );
    if (runs.value === 'vm') miss('vm', runs.place, `making gateway ${name} as a virtual machine`);
    for (const { place, text, from, to } of intercept) {
      const what = notYetTaken(topology, from, to);
      if (what !== null) miss('intercept', place, `intercepting \`${text}\` of gateway ${name}, ${what},`);
    }
  }
  for (const { kind, place, what } of missing) {
    notes.report('not-yet-available', place, `${capital(what)} needs the kind \`${kind}\`, which is not there yet.`, {
      hint: 'the file can be checked and drawn; a plan of it will say the same and stop',
    });
  }
  return missing.sort((a, b) => byPlace(a.place, b.place));
}
