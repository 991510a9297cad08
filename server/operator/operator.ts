/**
 * What the web process can ask for that it may not do itself: writing the topologies of the folder, and everything that
 * has to do with hosts. Nothing here is a command, a path or a batch: names are looked up among those that there are, and plans are
 * named by the id that they were given when they were made.
 *
 * The same interface is served by an operator of its own (`socket/`) and by one in the same process (tests).
 */
import type { z } from 'zod';
import type { Acceptance, FileChange, PartOnDisk, SaveResult, TextOnDisk } from '../api/files.ts';
import type { AcceptedFile } from '../api/accepted.ts';
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
import type { HostRecord } from './host-record.ts';
import type { Who } from './who.ts';

export type { Who };

export interface Operator {
  /** What the web process reads of the folder is from now on as it is there: see `mirror.ts`. */
  refresh(): Promise<void>;
  /** `null`: there is none of that name. */
  readFile(name: string): Promise<TextOnDisk | null>;
  /** The files that it uses; `null` as with `readFile`. */
  parts(name: string): Promise<readonly PartOnDisk[] | null>;
  /** Writes the file whole, where it still is the one that the change is based on. It is written down before that it was tried. */
  saveFile(who: Who, name: string, change: FileChange): Promise<SaveResult | null>;
  /** Makes a new one, never in the place of another; written down before, too. */
  createFile(who: Who, name: string, text: string): Promise<{ readonly hash: string }>;
  /** What is accepted of a topology's findings: the file's path is that in the folder. */
  accepted(name: string): Promise<AcceptedFile | null>;
  accept(who: Who, name: string, change: Acceptance): Promise<AcceptedFile | null>;

  plan(who: Who, name: string, asked: PlanAsked): Promise<Plan>;
  /** Answers once the run has an id, and before it has changed anything: the rest is told by events. */
  apply(who: Who, name: string, asked: z.output<typeof ApplyQuestion>): Promise<RunBegun>;
  confirm(who: Who, run: string): Promise<RunEnded>;
  planBack(who: Who, run: string, asked: z.output<typeof BackQuestion>): Promise<Plan>;
  rollback(who: Who, run: string, asked: z.output<typeof RollbackQuestion>): Promise<RunEnded>;
  /** `names`: only runs of these topologies, as the API calls them. */
  runs(asked: RunsAsked): Promise<RunList>;
  run(run: string): Promise<Run>;
  status(name: string, lab: boolean): Promise<Status>;
  /** The whole state of its hosts, or of the running lab's. */
  recordHosts(name: string, lab: boolean): Promise<readonly HostRecord[]>;

  /** Events from now on, until `stop` is called. The first is a `reset`. */
  listen(listener: (event: LiveEvent) => void): Promise<Listening>;
  /** Hosts of these topologies are looked at again and again; takes the place of what was watched before. */
  watch(topologies: readonly Watched[]): Promise<void>;
  close(): Promise<void>;
}

export interface RunsAsked extends z.output<typeof RunsQuestion> {
  readonly names?: readonly string[] | undefined;
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
