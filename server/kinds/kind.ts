/**
 * The contract of a kind: everything the product knows about one sort of resource, in one folder. Stages call these
 * functions and know no kind by name; kinds never order, execute or import one another. See README.md for how to add one.
 */
import type { z } from 'zod';
import type { Json } from '../core/json.ts';
import type { Command } from '../flow/command.ts';
import type { HostView } from '../flow/hostview.ts';
import type { Model, Host } from '../flow/model.ts';
import type { Cost, Effect, FieldDifference } from '../flow/plan.ts';
import type { Reference, Resource, ResourceId } from '../flow/resource.ts';
import type { Standing } from '../flow/standing.ts';
import type { Touch } from '../flow/touch.ts';

export interface Kind<R extends Resource = Resource> {
  /** Equal to `kind` of its resources, and to the folder's name. */
  readonly name: string;
  /** The shape of its resources: checks saved plans and the host's record. */
  readonly schema: z.ZodType<R>;

  /** What the model wants of this kind on one host. Pure; order does not matter. */
  desire(model: Model, host: Host): readonly R[];

  /** What of this kind on the host is ours, as found. */
  observe(view: HostView, claim: Claim<R>): readonly R[];

  /** Why the wanted resource cannot be made here: something that is not ours stands in its place. */
  obstacle?(wanted: R, view: HostView, claim: Claim<R>): string | undefined;

  /** Who has what became of a resource of ours that is not as it was left, where the kernel tells: by a mark, a protocol number. */
  whoHas?(wanted: R, found: R | undefined, view: HostView): string | undefined;

  /** What stands in a resource of ours that has no value here, in words: a change loses it, and the undo cannot bring it back. */
  unrestorable?(found: R): string | undefined;

  /**
   * What is not ours and stands just where the wanted resource has to be, as found: it can be taken over where whoever applies
   * agrees (`--adopt`). It is kept on the host as it is, and given back instead of removed.
   */
  adopts?(wanted: R, view: HostView, claim: Claim<R>): Adoption<R> | undefined;

  /**
   * For things that exist without us and are only borrowed (a physical port, a setting of the host): the values they have
   * now. They are kept on the host and given back when the resource is no longer wanted. `undefined`: not borrowed.
   */
  former?(wanted: R, view: HostView): R | undefined;

  /**
   * The same for a machine that has just started, which takes the former value down by itself, before it is put to our use
   * again: what of it has to be read there.
   */
  atStart?(former: R, wanted: R | undefined): AtStart<R>;

  /** The resource that keeps these former values on the host, where there are any; one kind has this. */
  keeps?(topology: string, former: Readonly<Record<ResourceId, Resource>>): readonly R[];

  /** Patterns below /proc/sys that `observe` needs read: `*` is every device, `+` every one that can have an address. */
  readonly sysctls?: readonly string[];

  /** What must stand before this resource is made, and go after it. */
  refers(resource: R): readonly Reference[];

  /**
   * Names that only one resource at a time can have on a host (an interface name, a VNI): the resource that gives one up is
   * removed before the one that takes it is made.
   */
  slots?(resource: R): readonly string[];

  /** Whether the kernel cannot change the one into the other: then it is removed and made anew. */
  replaces?(before: R, after: R): boolean;

  /** Fields that differ; by default every top-level field of the JSON that is not equal. */
  compare?(wanted: R, found: R): readonly FieldDifference[];

  /**
   * The stages of a change, in order, each with the state it leads to (`undefined`: gone). The last one leads to `after`. By
   * default one stage: `builds` for an addition or a change, `removes` for a removal.
   */
  stages?(before: R | undefined, after: R | undefined): readonly Stage<R>[];

  /** The commands that turn the one state into the other. Called with the arguments swapped, it makes the undo. */
  commands(before: R | undefined, after: R | undefined, context: RenderContext): readonly Command[];

  /** What the change does to traffic; `hitless` by default. */
  cost?(before: R | undefined, after: R | undefined): Cost;

  /** For what judges packets: its rules, as `nft -j` lists them. Established flows are judged by those of before and after. */
  packetRules?(resource: R): readonly Readonly<Record<string, Json>>[];

  /** Whether flows that pass with the one may be stopped, or led elsewhere, by the other; only kinds with `packetRules`. */
  mayStop?(before: R, after: R | undefined): boolean;

  /**
   * What the change does to things in the host's own stack that the way to the host may rest on: none for what is in a namespace.
   * A kind that does not say is taken to cut the way by every interface that its slots name.
   */
  touches?(before: R | undefined, after: R | undefined): readonly Touch[];

  /** What it is to a packet: interfaces, addresses, routes, rules of a network stack; none by default. */
  standing?(resource: R): readonly Standing[];

  /** In the words of the field, for the plan's text: `bridge br0`, `address 10.1.1.1/24 on shop in vgw-1`. */
  describe(resource: R): string;
}

export interface AtStart<R extends Resource = Resource> {
  /** As far as it is known beforehand. */
  readonly former: R;
  /** By field: where it is read. A setting below /proc/sys is a string; `mtu` is a number, and `up` true or false. */
  readonly reads: Readonly<
    Record<string, { readonly setting: string } | { readonly device: string; readonly is: 'mtu' | 'up' }>
  >;
  /** An interface that may not have been found yet when the machine starts, and the MTU that it is to have at least; 0: as it is. */
  readonly nic?: { readonly device: string; readonly mtu: number };
}

export interface Stage<R extends Resource> {
  readonly effect: Effect;
  readonly state: R | undefined;
}

export interface Adoption<R extends Resource = Resource> {
  /** As it is: what it is given back as. */
  readonly former: R;
  /** The same as `observe` will find it once it is taken over: what no file can say is as wanted. */
  readonly found: R;
}

/** What `observe` may go by to tell ours from foreign. */
export interface Claim<R extends Resource = Resource> {
  readonly topology: string;
  /** What the file wants of this kind, by id: for things that cannot carry a mark of their own. */
  readonly wanted: ReadonlyMap<ResourceId, R>;
}

export interface RenderContext {
  readonly topology: string;
  /** A link group that no link on the host is in: marks the links that this run removes. */
  readonly doomedGroup: number;
}
