/**
 * A resource is one thing on a host that we make, change and remove: a bridge, an address, a firewall table. Desired and
 * observed state are made of the same resources, so that plan, drift, verification and audit are one comparison.
 *
 * Stages treat a resource as an id, a kind, a scope and some JSON; only its kind knows the fields.
 */
import type { Json } from '../core/json.ts';

/** `''` is the host's own network stack, anything else the name of a network namespace on it. */
export type Scope = string;

/**
 * Names a resource within a host: `bridge:br0`, `address:shop-vgw-1/wan/192.0.2.11/24`. Made of the kind, the namespace
 * where it lies in one, and the name; only `[a-z0-9:./@_-]` and the bytes of validated names occur in it.
 */
export type ResourceId = string;

export interface Resource {
  readonly kind: string;
  readonly id: ResourceId;
  readonly scope: Scope;
}

/** A resource whose fields nobody looks into. */
export type OpaqueResource = Resource & Readonly<Record<string, Json>>;

export function resourceId(kind: string, scope: Scope, ...name: readonly string[]): ResourceId {
  return `${kind}:${[...(scope === '' ? [] : [scope]), ...name].join('/')}`;
}

/**
 * That a resource needs another one. `diesWith`: the kernel removes it together with the other (an address with its
 * link, everything in a namespace with the namespace), so that no step of its own is needed then.
 */
export interface Reference {
  readonly to: ResourceId;
  readonly diesWith: boolean;
  /**
   * What it refers to must have its final value before this is made, and keep its old one until this is gone: there is no
   * IPv6 address on a link while IPv6 is off there.
   */
  readonly settled?: boolean;
  /**
   * Where this goes, it goes before what it refers to is changed: a port is off a bridge before that stops to keep networks
   * apart.
   */
  readonly leavesFirst?: boolean;
  /**
   * Where the other is made anew, this leaves the old one and joins the new one, although nothing about it differs: a port of
   * a bond is let go with the bond, and stays on the host.
   */
  readonly rejoins?: boolean;
}

/** Everything one topology wants on one host. */
export interface DesiredState {
  readonly topology: string;
  readonly host: string;
  readonly resources: ReadonlyMap<ResourceId, Resource>;
}
