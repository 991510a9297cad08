import type { Rule, Statement } from '../../reach/rules/ruleset.ts';
import type { Locus } from '../finding.ts';
import type { AuditedStack } from '../scene.ts';
import type { FindingRule } from './rule.ts';
import { chainLocus, endsOf, FAMILIES, filtersAt, judged, reachedFrom } from './chains.ts';
import { comesIn, ownAddress, STRANGER } from './probes.ts';

const INVALID = 1n;

/** A stateful filter knows the answers to what it let out, and packets that belong to nothing. */
export const POL_002: FindingRule = {
  id: 'POL-002',
  name: 'Stateful set-up incomplete',
  severity: 'medium',
  definition:
    'A host whose input is closed by default does not let in the answers to connections that it opened itself; or it looks at the state of connections and no rule at input drops packets whose state is invalid.',
  fix: 'Accept `ct state established,related` and drop `ct state invalid` before all other rules.',
  standards: ['CIS Debian Linux 4.3.7'],
  *find({ scene }) {
    for (const on of judged({ scene })) {
      for (const family of FAMILIES) {
        const chains = filtersAt(on, 'input', family).filter(({ base }) => base.policy === 'drop');
        if (chains.length === 0) continue;
        const at = chains.map((each) => chainLocus(scene, on, each));
        if (answersAreLost(on, family)) {
          yield {
            summary: `${on.stack.node} does not let in the answers to its own connections over IPv${String(family)}`,
            detail: 'A packet of an established connection is dropped at input.',
            at,
            witness: null,
            about: `${on.stack.node} input established IPv${String(family)}`,
          };
        }
        yield* withoutInvalid(on, family, at);
      }
    }
  },
};

function answersAreLost(on: AuditedStack, family: 4 | 6): boolean {
  const own = ownAddress(on, family);
  if (own === null) return false;
  const [here, there] = [own.address, STRANGER[family]];
  const original = {
    family,
    protocol: 6n,
    source: here,
    destination: there,
    sourcePort: 40_000n,
    destinationPort: 443n,
  };
  const answer = { ...original, source: there, destination: here, sourcePort: 443n, destinationPort: 40_000n };
  const bound = { source: null, destination: null };
  const connection = { state: 'established', direction: 'reply', original, mark: 0n, status: 14n, bound } as const;
  // SYN and ACK.
  const known = new Map([['tcp flags', 18n]] as const);
  const { verdict } = comesIn(on, { tuple: answer, device: own.device, connection, known });
  return verdict === 'dropped' || verdict === 'rejected';
}

function* withoutInvalid(on: AuditedStack, family: 4 | 6, at: readonly Locus[]) {
  const rules = filtersAt(on, 'input', family).flatMap(({ table, chain }) =>
    reachedFrom(table, chain).flatMap((each) => each.rules.map((rule) => ({ table, rule }))),
  );
  const stateful = rules.some(({ rule }) => rule.statements.some(looksAtState));
  const dropped = rules.some(
    ({ table, rule }) => endsOf(rule, table).some((end) => end === 'drop' || end === 'reject') && isForInvalid(rule),
  );
  if (!stateful || dropped) return;
  yield {
    summary: `${on.stack.node} does not drop packets of invalid state over IPv${String(family)}`,
    detail: 'Rules at input look at the state of connections, and none of them drops what belongs to no connection.',
    at,
    witness: null,
    about: `${on.stack.node} input invalid IPv${String(family)}`,
  };
}

function looksAtState(statement: Statement): boolean {
  return 'key' in statement && statement.key.some(({ field }) => field === 'ct state');
}

function isForInvalid({ statements }: Rule): boolean {
  return statements.some((each) => {
    if (!looksAtState(each) || !('among' in each) || !('members' in each.among)) return false;
    const [term] = each.key;
    if (each.type === 'match' && term?.mask != null) return each.negated && (term.mask & INVALID) !== 0n;
    return each.among.members.entries.some(
      ({ key: [part] }) => part !== undefined && 'first' in part && part.first === INVALID,
    );
  });
}
