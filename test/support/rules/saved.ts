/** Rules of iptables on the router: loaded with `iptables-restore`, read back as a snapshot has them. */
import { BUILT_IN } from '../../../server/reach/rules/iptables/built-in.ts';
import { readStackRules } from '../../../server/reach/rules/read-stack.ts';
import type { Ruleset } from '../../../server/reach/rules/ruleset.ts';
import type { Router } from './router.ts';

const SORTS = ['nft', 'legacy'] as const;
export type Sort = (typeof SORTS)[number];

/** What `iptables-restore` of each sort is given, and `nft -f` beside them. */
export interface SavedRules {
  readonly 4: Readonly<Record<Sort, string>>;
  readonly 6: Readonly<Record<Sort, string>>;
}

const FAMILIES = [4, 6] as const;
const tool = (family: 4 | 6, sort: Sort, what: 'save' | 'restore'): string =>
  `${family === 4 ? 'iptables' : 'ip6tables'}-${sort}-${what}`;

/** Tables of the older sort are there for good once they were used: they are emptied, and let everything pass. */
const EMPTY = Object.entries(BUILT_IN).map(([table, chains]) => {
  const lines = Object.keys(chains).map((chain) => `:${chain} ACCEPT [0:0]\n`);
  return `*${table}\n${lines.join('')}COMMIT\n`;
});
const used = new WeakSet<Router>();

export function loadSaved(router: Router, rules: SavedRules): void {
  router.reset();
  for (const family of FAMILIES) {
    for (const sort of SORTS) {
      const text = rules[family][sort];
      const program = [tool(family, sort, 'restore')];
      if (sort === 'legacy' && used.has(router)) router.run(program, EMPTY.join(''));
      if (text !== '') router.run(program, text);
    }
  }
  used.add(router);
}

export function readSaved(router: Router): Ruleset {
  const nft = router.listing();
  const iptables = FAMILIES.flatMap((family) =>
    SORTS.map((sort) => {
      const program = tool(family, sort, 'save');
      return { file: `${program}.txt`, family, text: router.run([program, '-c']) };
    }),
  );
  return readStackRules({ nft, iptables });
}
