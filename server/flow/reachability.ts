/** Which traffic a change makes possible or impossible, as plain JSON: part of a plan document. */

export interface Reachability {
  readonly opened: readonly FlowChange[];
  readonly closed: readonly FlowChange[];
  /** Possible neither before nor after, but meanwhile. */
  readonly transient: readonly FlowChange[];
  /** What was not judged, and why. */
  readonly notes: readonly string[];
}

export interface FlowChange {
  /** `5432/tcp`, `icmp`, `any` */
  readonly services: readonly string[];
  /** `internet`, a network or guest, or `interface eth9` where nothing better is known. */
  readonly from: string;
  readonly to: readonly string[];
  /** The stack whose rules or routes change: `vgw-1`. */
  readonly via: string;
  /** `false`: rules that are not understood may decide. */
  readonly sure: boolean;
  /** A packet that is treated otherwise than before, as it comes in. */
  readonly witness: FlowWitness;
  /** What lets it pass, or stops it. */
  readonly rule: DecidingRule | null;
  /** The same over all hops, as somebody sees it who sends it; `null` where nobody was found who would, or it was not tried. */
  readonly whole: WholeWay | null;
}

/** A packet from its sender to its end, before and after. */
export interface WholeWay {
  /**
   * `as-told`: it gets there in one of the two alone. `refused-elsewhere`: in neither, since something else on the way refuses
   * it. `as-before`: in both, by whatever way. `unknown`: something on the way is not understood.
   */
  readonly outcome: 'as-told' | 'refused-elsewhere' | 'as-before' | 'unknown';
  /** The node that sends it, and the packet as it is sent. */
  readonly from: string;
  readonly source: string;
  readonly destination: string;
  readonly destinationPort: number | null;
  /** Only for somebody on the external network who hands it straight to the gateway: no provider routes it there. */
  readonly straight: boolean;
  /** Verdicts, as of `reach`. */
  readonly before: string;
  readonly after: string;
  /** Where it ended, and why, where that is not as told. */
  readonly at: string | null;
  readonly why: string;
}

export interface FlowWitness {
  readonly interface: string;
  readonly protocol: number;
  readonly source: string;
  readonly sourcePort: number | null;
  readonly destination: string;
  readonly destinationPort: number | null;
}

export interface DecidingRule {
  readonly table: string;
  readonly chain: string;
  /** The entry of the file that it comes from: `policy line 41`; `null` for somebody else's, and for a chain's policy. */
  readonly entry: string | null;
  readonly text: string;
}
