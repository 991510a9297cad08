/** A rule that translates addresses, wherever it was read: an nft listing or the text of `iptables-save`. */
import type { Address, Family, Prefix } from '../core/address.ts';

export interface NatRule {
  /** In the ledger: the rule, and what else stands for it there. */
  readonly keys: readonly string[];
  readonly place: string;
  readonly type: 'destination' | 'source';
  /** What its table sees. */
  readonly families: readonly Family[];
  readonly match: NatMatch;
  /** What it says that is not understood; it is no rule to go by then. */
  readonly unknown: readonly string[];
  /** `null`: the address of the interface that the packet leaves by. */
  readonly to: { readonly address: Address; readonly ports: Ports | null } | null;
}

export interface Ports {
  readonly first: number;
  readonly last: number;
}

/** `null`: whatever it is. */
export interface NatMatch {
  readonly inputs: readonly string[] | null;
  readonly outputs: readonly string[] | null;
  readonly sources: readonly Prefix[] | null;
  readonly destinations: readonly Prefix[] | null;
  readonly notOutputs: readonly string[];
  readonly notDestinations: readonly Prefix[];
  readonly protocol: 'tcp' | 'udp' | null;
  readonly ports: readonly Ports[] | null;
}

export const ANYTHING: NatMatch = {
  inputs: null,
  outputs: null,
  sources: null,
  destinations: null,
  notOutputs: [],
  notDestinations: [],
  protocol: null,
  ports: null,
};

/** `undefined` where it can match nothing, or says one thing twice: nobody writes that on purpose. */
export function withMatch(match: NatMatch, more: Partial<NatMatch>): NatMatch | undefined {
  const keys = Object.keys(more) as (keyof NatMatch)[];
  const twice = keys.some((key) => !key.startsWith('not') && match[key] !== null && match[key] !== more[key]);
  if (twice) return undefined;
  return {
    ...match,
    ...more,
    notOutputs: [...match.notOutputs, ...(more.notOutputs ?? [])],
    notDestinations: [...match.notDestinations, ...(more.notDestinations ?? [])],
  };
}
