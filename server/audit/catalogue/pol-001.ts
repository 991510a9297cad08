import type { Rule } from '../../reach/rules/ruleset.ts';
import type { FindingRule } from './rule.ts';
import { chainLocus, FAMILIES, filtersAt, forwards, judged, speaks } from './chains.ts';

const HOOKS = ['input', 'forward'] as const;

/** Default deny: a packet that nobody thought of must not pass. */
export const POL_001: FindingRule = {
  id: 'POL-001',
  name: 'Default accept',
  severity: 'high',
  definition:
    'A host or gateway lets in (input) or passes on (forward, where it forwards) what no rule speaks of: no base chain of type filter at the hook has the policy drop, or ends with a rule that drops all that is left.',
  fix: 'Set the policy of one base chain at the hook to drop, and accept what is wanted.',
  standards: ['CIS Debian Linux 4.3.8', 'PCI DSS 4.0 1.2.1', 'NIST SP 800-53 SC-7(5)'],
  *find({ scene }) {
    for (const on of judged({ scene })) {
      for (const family of FAMILIES) {
        if (!speaks(on, family)) continue;
        for (const hook of HOOKS) {
          if (hook === 'forward' && !forwards(on, family)) continue;
          const chains = filtersAt(on, hook, family);
          if (chains.some(({ base, chain }) => base.policy === 'drop' || dropsTheRest(chain.rules))) continue;
          // What a file does not speak of, somebody else may do on a real host.
          if (!scene.found && chains.length === 0 && on.stack.sort === 'host') continue;
          const verb = hook === 'input' ? 'lets in' : 'passes on';
          yield {
            summary: `${on.stack.node} ${verb} whatever IPv${String(family)} no rule speaks of`,
            detail:
              chains.length === 0
                ? `No chain of type filter is hooked at ${hook} for IPv${String(family)}.`
                : `Every chain at ${hook} for IPv${String(family)} has the policy accept.`,
            at:
              chains.length === 0
                ? [{ stack: on.stack.node, object: `hook ${hook}`, text: null, place: null }]
                : chains.map((each) => chainLocus(scene, on, each)),
            witness: null,
            about: `${on.stack.node} ${hook} IPv${String(family)}`,
          };
        }
      }
    }
  },
};

/** The last rule has no condition, and drops or rejects. */
function dropsTheRest(rules: readonly Rule[]): boolean {
  const last = rules.at(-1)?.statements.filter(({ type }) => type !== 'aside') ?? [];
  const [only] = last;
  if (last.length !== 1 || only?.type !== 'verdict') return false;
  const { verdict } = only;
  return verdict.type === 'drop' || verdict.type === 'reject';
}
