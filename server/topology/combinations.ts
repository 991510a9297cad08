/**
 * Keys that need or exclude each other. Looked at in the tree, by what is written, so that a wrong value elsewhere in the same
 * entry hides nothing.
 */
import type { Place } from '../core/place.ts';
import { familyOf } from '../core/address.ts';
import { quoted } from '../core/visible-text.ts';
import { parseAddress } from './grammar/address.ts';
import type { Problems } from './problems.ts';
import { child, type MapEntry, type MapNode, type TreeNode } from './tree.ts';

export function checkCombinations(root: TreeNode, problems: Problems): void {
  for (const { entry, map } of mapsOf(child(root, 'networks'))) checkNetwork(entry, map, problems);
  for (const { map } of mapsOf(child(root, 'guests'))) checkGuest(map, problems);
  for (const { map } of mapsOf(child(root, 'hosts'))) checkFabrics(map, problems);
  for (const { map } of mapsOf(child(root, 'gateways'))) {
    checkFabrics(map, problems);
    checkGateway(map, problems);
  }
  for (const list of ['policy', 'expect'] as const) {
    const node = child(root, list);
    for (const item of node?.type === 'list' ? node.items : []) {
      if (item.type === 'map') checkRule(item, list, problems);
    }
  }
}

function checkNetwork(entry: MapEntry, map: MapNode, problems: Problems): void {
  const transport = textAt(map, 'transport');
  if (transport === 'vxlan') {
    exclude(map, 'transport', ['vlan'], 'A VXLAN network has a `vni`, no VLAN', problems);
    require(map, entry, ['vni', 'underlay'], 'a VXLAN network', problems);
  } else if (transport === undefined || transport === 'vlan' || transport === 'untagged') {
    exclude(map, null, ['vni', 'underlay'], 'Only a network with `transport: vxlan` has this key', problems);
  }
  if (transport === 'vlan') require(map, entry, ['vlan'], 'a network with `transport: vlan`', problems);
  if (transport === 'untagged') exclude(map, 'transport', ['vlan'], 'An untagged network has no VLAN', problems);
  checkRouters(child(map, 'router'), problems);
}

/** Only a machine that somebody else made has an interface already. */
function checkGuest(map: MapNode, problems: Problems): void {
  const runs = textAt(map, 'runs');
  if (runs !== 'netns' && runs !== 'vm') return;
  for (const { map: nic } of mapsOf(child(map, 'nics')))
    excludeBecause(
      nic,
      'port',
      map.entries.get('runs'),
      'The interface of a guest that is made here is made with it',
      problems,
    );
}

/** A wire is what a port is plugged into. */
function checkFabrics(map: MapNode, problems: Problems): void {
  for (const { map: nic } of mapsOf(child(map, 'nics'))) {
    if (!nic.entries.has('port'))
      exclude(nic, null, ['fabric'], 'Only a NIC with a `port` has a wire of its own', problems);
  }
}

/** A gateway in a stack of its own is joined to bridges. */
function checkGateway(map: MapNode, problems: Problems): void {
  if (textAt(map, 'runs') === 'host') return;
  for (const { map: nic } of mapsOf(child(map, 'nics')))
    excludeBecause(
      nic,
      'port',
      map.entries.get('runs'),
      'Only a gateway with `runs: host` uses a port of the host itself',
      problems,
    );
}

/** A member has one default route for each address family. */
function checkRouters(node: TreeNode | undefined, problems: Problems): void {
  const first = new Map<number, Place>();
  for (const item of node?.type === 'list' ? node.items : []) {
    if (item.type !== 'scalar' || typeof item.value !== 'string') continue;
    const address = parseAddress(item.value);
    if (!address.ok) continue;
    const family = familyOf(address.value);
    const before = first.get(family);
    if (before === undefined) first.set(family, item.place);
    else {
      problems.add(
        'conflicting-keys',
        item.place,
        `A network has one IPv${String(family)} router at most; ${quoted(item.value)} is a second one.`,
        {
          related: [{ ...before, message: 'the first one' }],
        },
      );
    }
  }
}

function checkRule(map: MapNode, list: 'policy' | 'expect', problems: Problems): void {
  const allow = map.entries.get('allow');
  const deny = map.entries.get('deny');
  if (allow === undefined && deny === undefined) {
    problems.add(
      'missing-key',
      map.place,
      `An item of \`${list}\` says \`allow\` or \`deny\`; this one says neither.`,
      {
        hint: 'write `allow: 443/tcp`, or `deny: any`',
      },
    );
  }
  if (allow !== undefined && deny !== undefined) {
    const second = after(allow, deny);
    problems.add('conflicting-keys', second.keyPlace, 'One item says `allow` or `deny`, not both.', {
      hint: 'make it two items',
      related: [{ ...(second === allow ? deny : allow).keyPlace, message: 'the other one' }],
    });
  }
  if (allow === undefined) {
    if (deny !== undefined && list === 'expect')
      exclude(map, 'deny', ['reaches'], 'What is denied reaches nobody', problems);
    return;
  }
  if (deny === undefined && list === 'policy')
    exclude(map, 'allow', ['reject'], 'Only a denied packet can be answered by `reject`', problems);
}

function excludeBecause(
  map: MapNode,
  key: string,
  cause: MapEntry | undefined,
  reason: string,
  problems: Problems,
): void {
  const entry = map.entries.get(key);
  if (entry === undefined) return;
  problems.add('conflicting-keys', entry.keyPlace, `${reason}.`, {
    hint: `remove \`${key}\``,
    related: cause === undefined ? [] : [{ ...cause.keyPlace, message: `because of this \`${cause.key}\`` }],
  });
}

function exclude(
  map: MapNode,
  key: string | null,
  others: readonly string[],
  reason: string,
  problems: Problems,
): void {
  const cause = key === null ? undefined : map.entries.get(key);
  for (const other of others) excludeBecause(map, other, cause, reason, problems);
}

function require(map: MapNode, entry: MapEntry, keys: readonly string[], what: string, problems: Problems): void {
  for (const key of keys) {
    if (map.entries.has(key)) continue;
    problems.add('missing-key', entry.keyPlace, `Network ${quoted(entry.key)} has no \`${key}\`: ${what} needs it.`);
  }
}

function after(left: MapEntry, right: MapEntry): MapEntry {
  const { line, column } = left.keyPlace;
  const isLater = line > right.keyPlace.line || (line === right.keyPlace.line && column > right.keyPlace.column);
  return isLater ? left : right;
}

function textAt(map: MapNode, key: string): string | undefined {
  const node = child(map, key);
  if (node === undefined) return undefined;
  return node.type === 'scalar' ? node.text : '';
}

function mapsOf(node: TreeNode | undefined): readonly { readonly entry: MapEntry; readonly map: MapNode }[] {
  if (node?.type !== 'map') return [];
  return [...node.entries.values()].flatMap((entry) =>
    entry.value.type === 'map' ? [{ entry, map: entry.value }] : [],
  );
}
