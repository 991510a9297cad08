/** Paths that an intruder tries. */
export interface Targets {
  /** 0600, root's. */
  readonly secret: string;
  readonly history: string;
  readonly topologies: string;
  readonly copies: string;
  /** 1777. */
  readonly open: string;
  readonly sockets: string;
}

/** By attempt: `done`, or what it was refused with. */
export type Tried = Readonly<Record<string, string>>;
