/**
 * A plan: what to do on each host to make it as intended, in order, as plain JSON. Shown, saved and executed are the same
 * thing. It is made by `server/plan` from a desired and an observed state, and refused when the observed state has changed.
 */
import type { Command, ShownCommand } from './command.ts';
import type { Resource, ResourceId } from './resource.ts';

export const PLAN_FORMAT = 1;

/** What a change does to traffic while it is made, from the kernel's behaviour as measured. */
export type Cost = 'hitless' | 'flap' | 'reconnect';

/**
 * What a stage of a change means for packets; order follows from it. `closes`: less may pass than before, or a filter comes to
 * stand. `builds`: nothing passes because of it yet. `opens`: packets may flow. `removes`: something that the new state
 * does not need goes away.
 */
export type Effect = 'closes' | 'builds' | 'opens' | 'removes';

export type Action = 'add' | 'change' | 'replace' | 'remove';

/** One stage of the change of one resource, or the part of it that one tool does in one scope. */
export interface Step {
  /** `gw-x/3`: host and number, in the order of execution. */
  readonly id: string;
  readonly action: Action;
  /** Set on the first step of a change: a plan counts changes, not steps. */
  readonly first: boolean;
  readonly effect: Effect;
  readonly kind: string;
  readonly resource: ResourceId;
  /** The resource in the words of its kind: `address 10.1.1.1/24 on shop in vgw-1`. */
  readonly title: string;
  readonly before: Resource | null;
  readonly after: Resource | null;
  readonly reason: string;
  readonly cost: Cost;
  /** Fields that differ, for a change. */
  readonly fields: readonly FieldDifference[];
  readonly commands: readonly Command[];
  /** What takes this step back, should a later one fail. */
  readonly undo: readonly Command[];
  readonly dependsOn: readonly string[];
}

export interface FieldDifference {
  readonly field: string;
  readonly expected: unknown;
  readonly found: unknown;
}

/** What stops a plan from being carried out. */
export interface Obstacle {
  readonly host: string;
  /**
   * `foreign`: something that is not ours stands where something of ours has to be. `unrestorable`: somebody put into something
   * of ours what we have no words for; the change would lose it, and undoing could not bring it back.
   */
  readonly sort: 'foreign' | 'unrestorable';
  readonly resource: ResourceId;
  readonly detail: string;
}

/** A step by which the host would no longer be reached by the way that it is reached by. */
export interface Cut {
  readonly host: string;
  /** `gw-x/3` */
  readonly step: string;
  readonly title: string;
  /** `10.9.0.2 -> 10.9.0.1 port 22, by eno1` */
  readonly path: string;
  readonly reason: string;
}

export interface HostPlan {
  readonly host: string;
  /** What the topology wants here. A saved plan is made again from this and the host as it is then, and refused if it differs. */
  readonly desired: readonly Resource[];
  /** SHA-256 of our part of the observed state that the steps were made from. */
  readonly fingerprint: string;
  readonly steps: readonly Step[];
  /** Its changes and those of other hosts depend on each other: phase by phase with them, what opens comes last. */
  readonly together?: true;
  readonly obstacles: readonly Obstacle[];
  /** What of it cuts the way that it is applied by. */
  readonly cuts: readonly Cut[];
  readonly unchanged: number;
}

export interface PlanSummary {
  readonly add: number;
  readonly change: number;
  readonly remove: number;
  readonly replace: number;
  /** Hosts with at least one step. */
  readonly hosts: number;
}

export interface Plan {
  readonly formatVersion: number;
  readonly topology: string;
  readonly hosts: readonly HostPlan[];
  readonly summary: PlanSummary;
}

/** A step in a plan document: commands as argv and stdin. */
export interface ShownStep extends Omit<Step, 'commands' | 'undo'> {
  readonly commands: readonly ShownCommand[];
  readonly undo: readonly ShownCommand[];
}

/** A plan as it is shown, saved and agreed to. Executing makes the plan again, and it has to come out the same. */
export interface ShownPlan extends Omit<Plan, 'hosts'> {
  /** How each host was reached when it was made: `local`, `lab`, `ssh://root@gw-x.example.net`. A saved plan is for those hosts. */
  readonly access?: Readonly<Record<string, string>>;
  readonly hosts: readonly ShownHostPlan[];
}

export interface ShownHostPlan extends Omit<HostPlan, 'steps'> {
  readonly steps: readonly ShownStep[];
}
