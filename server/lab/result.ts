import type { ShownFault } from './fault/record.ts';

/** What came of a probe. */
export type Got =
  | 'answered'
  | 'silent' // nothing came back
  | 'refused' // the node that was meant said no (TCP reset, ICMP port unreachable)
  | 'rejected' // something on the way said no
  | 'unreachable' // an ICMP error said that there is no way
  | 'no-route' // the sender itself knows no way
  | 'blocked' // the sender's own filter kept it
  | 'wrong-node' // answered, but by another node or port than meant
  | 'leaked' // no answer, but the packet arrived where it must not
  | 'error'; // the probe could not be sent, or nothing can be said

export interface ProbeResult {
  /** As the file has it. */
  readonly expectation: string;
  readonly from: string;
  /** `192.0.2.11:443/tcp`, `[2001:db8::1]:53/udp`, `10.1.1.1/icmp`. */
  readonly to: string;
  readonly want: 'allow' | 'deny';
  readonly got: Got;
  readonly passed: boolean;
  /** Who answered; `null` where nobody did, or where the answer does not tell. */
  readonly answeredBy: string | null;
  /** The source that the node which answered (or was reached) saw. */
  readonly sourceSeen: string | null;
  /** The host that was down meanwhile. */
  readonly without?: string;
  readonly note?: string;
}

export interface LabTestResult {
  readonly formatVersion: 1;
  readonly topology: string;
  /** What `lab fail` had broken meanwhile. */
  readonly faults: readonly ShownFault[];
  readonly results: readonly ProbeResult[];
  /** Numbers of results. */
  readonly passed: number;
  readonly failed: number;
}
