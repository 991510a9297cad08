import type { Plan } from '../../../server/api/schema/plan.ts';

/** What an agreement is asked for, in a line. */
export function lossesText(losses: Plan['agree']['losses']): string {
  const of = (sort: (typeof losses)[number]['sort']): number => losses.filter((each) => each.sort === sort).length;
  const [interrupts, closes] = [of('interrupts'), of('closes')];
  const parts = [
    ...(of('cuts-path') > 0 ? ['It cuts the way by which a host is reached.'] : []),
    ...(of('discards') > 0 ? ['It loses what others put into things of this topology.'] : []),
    ...(interrupts > 0
      ? [`${String(interrupts)} step${interrupts === 1 ? ' interrupts' : 's interrupt'} traffic.`]
      : []),
    ...(closes > 0 ? [`${String(closes)} flow${closes === 1 ? ' is' : 's are'} no longer possible afterwards.`] : []),
    ...(of('cuts-flows') > 0 ? ['Connections that are no longer allowed are cut.'] : []),
  ];
  return parts.join(' ');
}
