/** In: what the resources of a host are to a packet. Out: its stacks as the topology wants them, and the pairs between them. */
import type { InterfaceAddress } from '../../core/address.ts';
import { familyOf } from '../../core/address.ts';
import type { Scope } from '../../flow/resource.ts';
import type { Standing } from '../../flow/standing.ts';
import type { Interface, NetworkStack, StackRoute, StackRule, StackTable, Wire } from '../../flow/world.ts';
import { stackIdOf } from '../../flow/world.ts';
import { byPriority, KERNEL_RULES, kernelRoutes, LOOPBACK } from './kernel-routes.ts';

/** Stacks of hosts, and the wires between them that are no cables. */
export interface HostStacks {
  readonly stacks: readonly NetworkStack[];
  readonly wires: readonly Wire[];
}

interface Draft {
  readonly interfaces: Map<string, Interface>;
  readonly addresses: Map<string, InterfaceAddress[]>;
  readonly routes: StackRoute[];
  readonly rules: StackRule[];
  readonly settings: Map<string, string>;
  readonly tables: StackTable[];
}

export function stacksAsWanted(host: string, standings: Iterable<Standing>): HostStacks {
  const drafts = new Map<Scope, Draft>();
  const wires: Wire[] = [];
  const draftOf = (scope: Scope): Draft => {
    const known = drafts.get(scope);
    if (known !== undefined) return known;
    const draft: Draft = {
      ...{ interfaces: new Map([['lo', LOOPBACK]]), addresses: new Map(), routes: [], rules: [...KERNEL_RULES] },
      ...{ settings: new Map(), tables: [] },
    };
    drafts.set(scope, draft);
    return draft;
  };
  draftOf('');
  const later: Extract<Standing, { on: 'vlan' }>[] = [];
  for (const each of standings) {
    if (each.on === 'pair') {
      const ends = each.ends.map(({ scope, device }) => ({ stack: stackIdOf(host, scope), device, tag: null }));
      wires.push({ name: ends.map(({ stack, device }) => `${device} of ${stack}`).join(' – '), ends, open: false });
    } else if (each.on === 'vlan') later.push(each);
    else add(draftOf(each.scope), each);
  }
  for (const { scope, name, vlan } of later) {
    const found = draftOf(scope).interfaces.get(name);
    if (found !== undefined) draftOf(scope).interfaces.set(name, { ...found, vlans: sorted([...found.vlans, vlan]) });
  }
  return { stacks: [...drafts].map(([scope, draft]) => finished(host, scope, draft)), wires };
}

function sorted(vlans: Interface['vlans']): Interface['vlans'] {
  return vlans.toSorted((a, b) => a.vid - b.vid);
}

type Part = Exclude<Standing, { readonly on: 'pair' | 'vlan' }>;

function add(draft: Draft, part: Part): void {
  switch (part.on) {
    case 'stack':
      return;
    case 'interface': {
      const { on: _on, scope: _scope, ...said } = part;
      const blank: Interface = { ...LOOPBACK, name: part.name, addresses: [], form: { type: 'plain' }, mtu: null };
      draft.interfaces.set(part.name, { ...(draft.interfaces.get(part.name) ?? blank), ...said });
      return;
    }
    case 'address':
      draft.addresses.set(part.name, [...(draft.addresses.get(part.name) ?? []), part.address]);
      return;
    case 'route': {
      const { to, via, device, table } = part;
      const family = familyOf(to);
      const more = { type: 'unicast', source: null, protocol: '201', unknown: [], metric: family === 4 ? 0 : 1024 };
      draft.routes.push({ family, table, to, ways: [{ via, device }], ...more });
      return;
    }
    case 'rule': {
      const { on: _on, scope: _scope, ...rule } = part;
      draft.rules.push({ ...rule, unknown: [] });
      return;
    }
    case 'setting':
      draft.settings.set(part.path, part.value);
      return;
    case 'table':
      draft.tables.push(part.table);
      return;
  }
}

function finished(host: string, scope: Scope, draft: Draft): NetworkStack {
  const interfaces = new Map(
    [...draft.interfaces].map(([name, each]): [string, Interface] => [
      name,
      { ...each, addresses: [...each.addresses, ...(draft.addresses.get(name) ?? [])] },
    ]),
  );
  const id = stackIdOf(host, scope);
  return {
    ...{ id, node: id, host, interfaces, settings: draft.settings, tables: draft.tables },
    sort: scope === '' ? 'host' : 'namespace',
    routes: [...kernelRoutes(interfaces.values()), ...draft.routes],
    rules: draft.rules.toSorted(byPriority),
    iptables: new Map(),
    listens: null,
    unread: [],
  };
}
