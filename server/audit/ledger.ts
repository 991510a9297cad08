/**
 * The port-mapping ledger: every public address, port range and protocol on every gateway, and where it ends. One row is one
 * mapping as the rules carry it out, with what an auditor asks about it.
 */
import type { Locus } from './finding.ts';

export interface LedgerRow {
  /** Gateway member, or the stack that translates: `vgw-1@gw-x`, `gw-x/vgw-1`. */
  readonly gateway: string;
  /** `203.0.113.7`, a range `203.0.113.8-203.0.113.15`, or `any` where the rule names none. */
  readonly address: string;
  /** `tcp`, `udp`, or `any`. */
  readonly protocol: string;
  /** `443`, `5000-5099`, or `any`. */
  readonly ports: string;
  /** Where it ends: the node that owns the address (`null`: nobody that is known), the address and the port there. */
  readonly target: { readonly node: string | null; readonly address: string; readonly ports: string };
  /** Who may use it after every filter on the way: prefixes or names; `null`: could not be decided. */
  readonly allowed: readonly string[] | null;
  /** Whether somebody listens there: declared, observed, or not known. */
  readonly listener: 'declared' | 'none-declared' | 'unknown';
  /** Whether a member of the target's own network can use the public address. */
  readonly hairpin: 'works' | 'fails' | 'unknown';
  /** Packets since the counter was set to zero; `null`: no counter, or no host was asked. */
  readonly hits: number | null;
  /** Rules and lines that make it, the one that translates first. */
  readonly through: readonly Locus[];
}
