/** Host views for tests, written as what differs from a bare interface. */
import type { AddressView, HostView, LinkView, NamespaceView, ScopeView } from '../../../server/flow/hostview.ts';
import { familyOf } from '../../../server/core/address.ts';
import { LINK_GROUP } from '../../../server/flow/mark.ts';

export function link(index: number, name: string, more: Partial<LinkView> = {}): LinkView {
  return {
    index,
    name,
    manageable: true,
    type: null,
    alias: null,
    altNames: [],
    group: 0,
    up: true,
    carrier: true,
    mtu: 1500,
    mac: `02:ff:00:00:00:${index.toString(16).padStart(2, '0')}`,
    master: null,
    link: null,
    linkElsewhere: false,
    data: {},
    slaveData: {},
    addresses: [],
    vlans: [],
    fdb: [],
    ...more,
  };
}

/** A link with the mark of topology `shop`. */
export function ours(index: number, name: string, resource: string, more: Partial<LinkView> = {}): LinkView {
  return link(index, name, { alias: `trunkline:1:shop:${resource}`, group: LINK_GROUP, ...more });
}

export function addressOn(address: string, more: Partial<AddressView> = {}): AddressView {
  const family = familyOf(address);
  return { family, address, scope: 'global', tentative: false, dadFailed: false, kernel: false, ...more };
}

export function scope(name: string, links: readonly LinkView[], more: Partial<ScopeView> = {}): ScopeView {
  const byIndex = new Map(links.map((each) => [each.index, each]));
  return { scope: name, links: byIndex, routes: [], rules: [], tables: [], sysctls: new Map(), ...more };
}

export function view(
  links: readonly LinkView[],
  more: {
    readonly inside?: readonly ScopeView[];
    readonly namespaces?: readonly NamespaceView[];
    readonly host?: Partial<ScopeView>;
    readonly record?: HostView['record'];
  } = {},
): HostView {
  const scopes = [scope('', links, more.host), ...(more.inside ?? [])];
  return {
    host: 'gw-x',
    scopes: new Map(scopes.map((each) => [each.scope, each])),
    namespaces: more.namespaces ?? [],
    record: more.record ?? null,
  };
}
