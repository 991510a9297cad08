/**
 * How a machine is reached. One session is one process on that machine that takes programs one after another; what runs
 * there is a constant script, and names and contents travel as framed data. A session ends with its process.
 */
export interface Program {
  readonly argv: readonly string[];
  readonly stdin?: string | Buffer;
}

export interface ProgramResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

export interface HostSession {
  readonly host: string;
  /** Runs the programs in order; stops after the first that fails, so that the answer may be shorter than the question. */
  run(programs: readonly Program[]): Promise<readonly ProgramResult[]>;
  /**
   * All that was asked so far is with the host, or as good as: what is left lies ready in the pipe to it. For whoever goes on with
   * work of his own that leaves this process no time to send anything. Never fails; what became of the programs, `run` tells.
   */
  sent?(): Promise<void>;
  /** How many programs were started in this session, for tests that count. */
  readonly started: number;
  close(): Promise<void>;
}

export interface HostConnection {
  readonly host: string;
  /** A change on the host can cut the way to it: runs over it are always armed, and confirmed over a new connection. */
  readonly canLosePath?: boolean;
  open(options: OpenOptions): Promise<HostSession>;
}

export interface OpenOptions {
  /** Hold the host's lock while the session lives; a holder elsewhere is a `locked` failure. */
  readonly lock: boolean;
  /** By a connection of its own that nothing else has used: that it comes to stand shows that the host can be reached now. */
  readonly fresh?: boolean;
  /** Nothing goes over it but names of runs and what became of them. */
  readonly namesOnly?: boolean;
}
