import type { GuestEntry, GuestNicEntry, Located } from '../../flow/topology.ts';
import type { Service } from '../../flow/model.ts';
import type { GuestNicPart, GuestPart } from '../schema/guest.ts';
import { child, type TreeNode } from '../tree.ts';
import { AUTO } from '../grammar/auto.ts';
import { located, locatedList, mapOf, nodeOf } from './located.ts';
import { nicForm } from './nic.ts';
import { buildSize } from './size.ts';

export function buildGuests(
  parts: Readonly<Record<string, GuestPart>> | null | undefined,
  tree: TreeNode | undefined,
): ReadonlyMap<string, GuestEntry> {
  return mapOf(parts, tree, ({ name, place, part, node }) => ({
    name,
    place,
    description: part.description ?? null,
    ...homeOf(part.on, node),
    runs: located(part.runs, node, 'runs'),
    nics: buildNics(part.nics, child(node, 'nics')),
    listens: locatedList(part.listens, node, 'listens').flatMap(each),
    protection: located(part.protection, node, 'protection'),
    needs: buildSize(part.needs, node, 'needs'),
  }));
}

/** One host is where it is; of several one is chosen, and of `auto` any. */
function homeOf(on: GuestPart['on'], node: TreeNode): Pick<GuestEntry, 'on' | 'free'> {
  const hosts = locatedList(on, node, 'on');
  const [first = { value: AUTO, place: nodeOf(node, 'on').place }, ...more] = hosts;
  if (hosts.some(({ value }) => value === AUTO)) return { on: { ...first, value: AUTO }, free: { hosts: [] } };
  return more.length === 0
    ? { on: first, free: null }
    : { on: { value: first.value, place: nodeOf(node, 'on').place }, free: { hosts } };
}

/** A port without a protocol is two services at one place. */
function each({ value, place }: Located<readonly Service[]>): readonly Located<Service>[] {
  return value.map((service) => ({ value: service, place }));
}

function buildNics(
  parts: Readonly<Record<string, GuestNicPart>> | null | undefined,
  tree: TreeNode | undefined,
): ReadonlyMap<string, GuestNicEntry> {
  return mapOf(parts, tree, ({ name, place, part, node }) => {
    const { addresses, auto, map } = nicForm(part, node, (form) => form.address);
    return {
      name,
      place,
      description: map?.description ?? null,
      addresses,
      auto,
      mac: located(map?.mac, node, 'mac'),
      default: located(map?.default, node, 'default'),
      port: located(map?.port, node, 'port'),
    };
  });
}
