/** What nft lists in a namespace, in the shape in which a host's observation hands it to the kinds. */
import type { HostView, TableView } from '../../../server/flow/hostview.ts';
import { formatMark } from '../../../server/flow/mark.ts';
import type { Json } from '../../../server/core/json.ts';
import type { Scratch } from './scratch.ts';

export function viewTables(scratch: Scratch, namespace: string, topology: string): HostView {
  const tables = listTables(scratch, namespace);
  return {
    host: 'gw-x',
    scopes: new Map([
      [namespace, { scope: namespace, links: new Map(), routes: [], rules: [], tables, sysctls: new Map() }],
    ]),
    namespaces: [{ name: namespace, alias: formatMark(topology, `netns:${namespace}`) }],
    record: null,
  };
}

function listTables(scratch: Scratch, namespace: string): readonly TableView[] {
  const listing = JSON.parse(scratch.run(namespace, ['nft', '-j', 'list', 'ruleset'])) as {
    readonly nftables: readonly Record<string, Json>[];
  };
  const tables = listing.nftables.flatMap((each) => (each['table'] === undefined ? [] : [each['table']]));
  return (tables as unknown as readonly { family: string; name: string }[]).map(({ family, name }) => ({
    family,
    name,
    objects: listing.nftables.filter((each) =>
      Object.values(each).some((value) => (value as { readonly table?: string } | null)?.table === name),
    ),
  }));
}
