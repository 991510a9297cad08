/** One `-A` line of iptables-save as the statements of a rule. */
import type { Statement, Translation } from '../ruleset.ts';
import type { InRule } from './matches.ts';
import { conditionOf, readMatchExtension, readOwn, textOf } from './matches.ts';
import type { Option, RuleOptions } from './options.ts';
import { readTarget, readTranslation } from './targets.ts';
import type { Family } from './values.ts';
import { protocolOf } from './values.ts';

export interface InDump {
  readonly family: Family;
  readonly chains: ReadonlySet<string>;
  /** What NETMAP changes here; `null`: that depends on where the chain is called from. */
  readonly netmapSide: Translation['side'] | null;
}

export function readRule({ own, matches, target }: RuleOptions, inDump: InDump): readonly Statement[] {
  const inRule: InRule = { family: inDump.family, protocol: protocolNamed(own) };
  return [
    ...own.flatMap(
      (option): readonly Statement[] => readOwn(option, inRule) ?? [conditionOf({ name: '', options: [option] })],
    ),
    ...matches.flatMap((match): readonly Statement[] => readMatchExtension(match, inRule) ?? [conditionOf(match)]),
    ...(target === null ? [] : readAction(target, inDump)),
  ];
}

/** The rule's comment: the first one. */
export function commentOf({ matches }: RuleOptions): string | null {
  return matches.find(({ name }) => name === 'comment')?.options[0]?.args[0] ?? null;
}

function protocolNamed(own: readonly Option[]): bigint | null {
  const option = own.find(({ name, negated }) => name === '-p' && !negated);
  return (option === undefined ? undefined : protocolOf(option.args[0] ?? '')) ?? null;
}

function readAction(target: NonNullable<RuleOptions['target']>, inDump: InDump): readonly Statement[] {
  const { family, chains, netmapSide } = inDump;
  const unknown: readonly Statement[] = [{ type: 'unknown', text: textOf(target) }];
  if (!chains.has(target.name) && target.goes === 'jump') {
    if (target.name === 'NETMAP' && netmapSide === null) return unknown;
    const translation = readTranslation(target, family, netmapSide ?? 'destination');
    if (translation !== undefined) return [{ type: 'translate', translation }];
  }
  return readTarget(target, family, chains) ?? unknown;
}
