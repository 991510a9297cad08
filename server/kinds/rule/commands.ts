import type { Command } from '../../flow/command.ts';
import { ROUTE_PROTOCOL } from '../../flow/mark.ts';
import type { Rule } from './resource.ts';

/**
 * What is new is added before what is old goes: a packet always finds one or the other. Two rules may have one priority, but
 * each line exists once only, so that adding one again is refused: nothing is added that is there.
 */
export function ruleCommands(before: Rule | undefined, after: Rule | undefined): readonly Command[] {
  const [old, wanted] = [linesOf(before), linesOf(after)];
  const missing = wanted.filter((line) => !old.some((each) => same(each, line)));
  const excess = old.filter((line) => !wanted.some((each) => same(each, line)));
  return [
    ...missing.map((line) => ruleCommand('add', line)),
    // The line that leads to the table goes first: alone it would take what is for networks nearby.
    ...excess.toReversed().map((line) => ruleCommand('del', line)),
  ];
}

interface Line {
  readonly scope: string;
  readonly family: 4 | 6;
  readonly words: readonly string[];
}

function linesOf(rule: Rule | undefined): readonly Line[] {
  if (rule === undefined) return [];
  const { scope, family, select, priority, table } = rule;
  const selector = 'from' in select ? ['from', select.from] : ['fwmark', String(select.mark)];
  const line = (pref: number, ...words: readonly string[]): Line => ({
    scope,
    family,
    words: ['pref', String(pref), ...selector, 'lookup', ...words, 'protocol', String(ROUTE_PROTOCOL)],
  });
  return [
    ...(rule.main ? [line(priority, 'main', 'suppress_prefixlength', '0')] : []),
    ...(rule.own ? [line(priority + 1, String(table))] : []),
  ];
}

function same(left: Line, right: Line): boolean {
  return left.words.join(' ') === right.words.join(' ');
}

/** `ip rule` takes IPv4 for meant unless told otherwise, whatever the address. */
function ruleCommand(verb: 'add' | 'del', { scope, family, words }: Line): Command {
  return { tool: 'ip', scope, args: ['rule', verb, ...words], ...(family === 6 ? { family } : {}) };
}
