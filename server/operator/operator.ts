/**
 * What the web process can ask for that it may not do itself: reading and writing the topologies of the folder, and everything that
 * has to do with hosts. Nothing here is a command, a path or a batch: names are looked up among those that there are, and plans are
 * named by the id that they were given when they were made.
 *
 * The same interface is served by an operator of its own (`socket/`) and by one in the same process (tests).
 */
import type { z } from 'zod';
import type { LiveEvent } from '../api/schema/events.ts';
import type { Plan } from '../api/schema/plan.ts';
import type {
  ApplyQuestion,
  BackQuestion,
  RollbackQuestion,
  Run,
  RunBegun,
  RunEnded,
  RunList,
} from '../api/schema/runs.ts';
import type { RunsQuestion } from '../api/schema/runs.ts';
import type { Status } from '../api/schema/status.ts';

/** Whoever is signed in at the web process: what the history and the hosts are told of him. */
export interface Who {
  /** `ann`, `token:ci`; shown, never looked up. */
  readonly name: string;
}

/** One topology of the folder. `name`: its path in the folder, which is what the API calls it. */
export interface ListedTopology {
  readonly name: string;
  /** Another text once the file, or a part of it, has changed. */
  readonly state: string;
}

/** A topology and its parts as text, for whoever compiles them. */
export interface TopologyTexts {
  readonly state: string;
  readonly text: string;
  /** Its parts, by their path in the folder. */
  readonly parts: readonly PartText[];
}

export type PartText =
  | { readonly file: string; readonly text: string }
  | { readonly file: string; readonly reason: string; readonly hint: string };

/** The text of a file, and what it is told apart by. */
export interface FileText {
  readonly text: string;
  /** SHA-256 of its bytes, in hexadecimal. */
  readonly hash: string;
}

export interface Operator {
  /** Sorted by name. */
  listTopologies(): Promise<readonly ListedTopology[]>;
  /** `null`: there is none of that name. */
  readTopology(name: string): Promise<TopologyTexts | null>;
  /** `null`: there is none of that name. */
  readFile(name: string): Promise<FileText | null>;
  /**
   * Writes the file whole, where it still is the one that the change is based on. Throws `file-changed` where it is another by now,
   * `file-unreadable` where there is none of that name. It is written down before that it was tried.
   */
  saveFile(who: Who, name: string, text: string, basedOn: string): Promise<FileText>;

  plan(who: Who, name: string, asked: PlanAsked): Promise<Plan>;
  /** Answers once the run has an id, and before it has changed anything: the rest is told by events. */
  apply(who: Who, name: string, asked: z.output<typeof ApplyQuestion>): Promise<RunBegun>;
  confirm(who: Who, run: string): Promise<RunEnded>;
  planBack(who: Who, run: string, asked: z.output<typeof BackQuestion>): Promise<Plan>;
  rollback(who: Who, run: string, asked: z.output<typeof RollbackQuestion>): Promise<RunEnded>;
  runs(asked: z.output<typeof RunsQuestion>): Promise<RunList>;
  run(run: string): Promise<Run>;
  status(name: string, lab: boolean): Promise<Status>;

  /** Events from now on, until `stop` is called. The first is a `reset`. */
  listen(listener: (event: LiveEvent) => void): Promise<Listening>;
  /** Hosts of these topologies are looked at again and again; takes the place of what was watched before. */
  watch(topologies: readonly Watched[]): Promise<void>;
  close(): Promise<void>;
}

export interface PlanAsked {
  readonly hosts?: readonly string[] | undefined;
  readonly lab: boolean;
}

export interface Watched {
  readonly name: string;
  readonly lab: boolean;
}

export interface Listening {
  stop(): void;
}
