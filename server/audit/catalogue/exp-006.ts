import type { Exposure } from '../exposure.ts';
import { hasPort, isWide, portCount } from '../exposure.ts';
import { locusOf } from '../scene.ts';
import { WIDE_PORTS } from './exp-001.ts';
import { judged, speaks } from './chains.ts';
import type { FindingRule } from './rule.ts';

/** The rules were written for IPv4, and the machine has another address. */
export const EXP_006: FindingRule = {
  id: 'EXP-006',
  name: 'IPv6 hole',
  severity: 'high',
  definition:
    'A host that speaks both families takes new connections from the internet over IPv6 to TCP ports of its own that it does not take over IPv4.',
  fix: 'Write the rules once for both, in a table of the family inet.',
  *find({ scene, exposures }) {
    for (const on of judged({ scene })) {
      if (!speaks(on, 4) || !speaks(on, 6) || exposures.partly.has(on.stack.id)) continue;
      const own = exposures.list.filter(
        (each) =>
          each.on === on &&
          each.outside &&
          each.to === null &&
          each.box.protocols.includes(6n) &&
          isWide(each.family, each.box.sources),
      );
      const four = own.filter(({ family }) => family === 4);
      const six = own.filter((each) => each.family === 6);
      const hole = six.find((each) => !isCovered(each, four));
      if (hole === undefined) continue;
      yield {
        summary: `${on.stack.node} takes from the internet over IPv6 what it refuses over IPv4`,
        detail: `TCP ports ${hole.box.ports.map(({ first, last }) => (first === last ? String(first) : `${String(first)}-${String(last)}`)).join(', ')}.`,
        at: hole.by === null ? [] : [locusOf(scene, on.stack, hole.by)],
        witness: hole.witness,
        about: on.stack.node,
      };
    }
  },
};

function isCovered(hole: Exposure, others: readonly Exposure[]): boolean {
  if (portCount(hole) > WIDE_PORTS) return others.some((each) => portCount(each) >= portCount(hole));
  return hole.box.ports.every(({ first, last }) => {
    for (let port = Number(first); port <= Number(last); port += 1)
      if (!others.some((each) => hasPort(each, port))) return false;
    return true;
  });
}
