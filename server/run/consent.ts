/** What the person who applies has agreed to. */
export interface Consent {
  /** Lose what others put into things of ours and undoing could not bring back. */
  readonly discardUnknown?: boolean;
  /** Cut the way by which a host is reached: then every host goes back by itself unless it is confirmed afterwards. */
  readonly allowCut?: boolean;
  /** Wait so many seconds for somebody to confirm the run; the hosts undo it by themselves otherwise. */
  readonly confirmWithinS?: number;
  /** So many hosts are changed at a time; 6 where absent. */
  readonly parallel?: number;
  /** This host alone first. */
  readonly canary?: string;
  /** Where a host fails, go on with those that do not depend on it, and keep what is done. */
  readonly keepGoing?: boolean;
}
