/** What somebody is asked before hosts are changed, and what he agrees to by options. */
import { createInterface } from 'node:readline/promises';
import { Failure } from '../core/failure.ts';
import type { Consent } from '../run/consent.ts';
import type { CliContext } from './context.ts';
import { manyHostsConsent } from './many-hosts.ts';
import type { ManyHostsOptions } from './many-hosts.ts';

export const ALLOW_CUT = 'also where that cuts the way by which a host is reached';
export const CONFIRM_WITHIN = 'wait for trunkline confirm so long (90s, 5m, 1h); without it every host goes back';

export interface ConsentOptions extends ManyHostsOptions {
  readonly discardUnknown?: boolean;
  readonly adopt?: boolean;
  /** In seconds. */
  readonly confirmWithin?: number;
  readonly allowCut?: boolean;
}

export function consentOf({ discardUnknown, adopt, confirmWithin, allowCut, ...many }: ConsentOptions): Consent {
  return {
    ...manyHostsConsent(many),
    discardUnknown: discardUnknown === true,
    adopt: adopt === true,
    allowCut: allowCut === true,
    ...(confirmWithin === undefined ? {} : { confirmWithinS: confirmWithin }),
  };
}

/**
 * Asks on a terminal; elsewhere `--yes` has to be given. Throws `usage` where it is not agreed to.
 * @param typed what has to be typed for yes, where that is asked for.
 */
export async function agree(
  context: Pick<CliContext, 'json'>,
  options: { readonly yes?: boolean },
  shown: string,
  typed: string | null = null,
): Promise<void> {
  if (options.yes === true) return;
  if (context.json || !process.stdin.isTTY) {
    throw new Failure('usage', 'Nobody to ask', {
      detail: 'Without a terminal, say --yes to change the hosts without being asked.',
    });
  }
  process.stderr.write(shown);
  const dialogue = createInterface({ input: process.stdin, output: process.stderr });
  const question = typed === null ? '[y/N]' : `This loses something. Type ${typed} to go on:`;
  const word = (await dialogue.question(`Change the hosts as shown? ${question} `)).trim();
  dialogue.close();
  if (typed === null ? /^y(es)?$/i.test(word) : word === typed) return;
  throw new Failure('usage', 'Not agreed to: nothing was changed');
}
