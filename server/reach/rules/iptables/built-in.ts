/** The chains that the kernel calls by itself, per table: where, and when (include/uapi/linux/netfilter_ipv4.h). */
import type { Base } from '../ruleset.ts';

type Place = Pick<Base, 'type' | 'hook' | 'priority'>;

const at = (priority: number, ...chains: readonly string[]): Readonly<Record<string, Place>> =>
  Object.fromEntries(
    chains.map((chain) => [
      chain,
      // What mangle does to a packet of the host's own changes its way.
      { type: priority === -150 && chain === 'OUTPUT' ? 'route' : 'filter', hook: chain.toLowerCase(), priority },
    ]),
  );

const nat = (hook: string, priority: number): Place => ({ type: 'nat', hook, priority });

export const BUILT_IN: Readonly<Record<string, Readonly<Record<string, Place>>>> = {
  raw: at(-300, 'PREROUTING', 'OUTPUT'),
  mangle: at(-150, 'PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'),
  nat: {
    PREROUTING: nat('prerouting', -100),
    INPUT: nat('input', 100),
    OUTPUT: nat('output', -100),
    POSTROUTING: nat('postrouting', 100),
  },
  filter: at(0, 'INPUT', 'FORWARD', 'OUTPUT'),
  security: at(50, 'INPUT', 'FORWARD', 'OUTPUT'),
};

export const TABLE_NAMES: ReadonlySet<string> = new Set(Object.keys(BUILT_IN));
