/**
 * What the kinds that are one nftables table of a gateway have in common, be it in a namespace of ours or in a host's own stack: how the table is found, compared, made,
 * changed and taken away. What stands in it is theirs.
 */
import { z } from 'zod';
import { sameJson } from '../core/json.ts';
import type { Table, TableFamily } from '../core/nft/ast.ts';
import { Chain, NamedSet, ObjectName } from '../core/nft/ast.ts';
import { changeTable } from '../core/nft/change.ts';
import { normaliseTable } from '../core/nft/normalise.ts';
import { parseTable } from '../core/nft/parse.ts';
import {
  checkName,
  renderElement,
  renderHook,
  renderRule,
  renderSetHead,
  renderTable,
  setWord,
} from '../core/nft/render.ts';
import type { Command } from '../flow/command.ts';
import type { HostView, TableView } from '../flow/hostview.ts';
import { parseMark } from '../flow/mark.ts';
import type { Gateway, GatewayMember, Model } from '../flow/model.ts';
import type { FieldDifference } from '../flow/plan.ts';
import type { Scope } from '../flow/resource.ts';
import { resourceId } from '../flow/resource.ts';
import type { Touch } from '../flow/touch.ts';
import type { Kind } from './kind.ts';
import { gatewayInStack, memberOn } from './link-gateways.ts';
import { inNamespace } from './link-ids.ts';
import { withTargetsAlive } from './nft-balance.ts';
import { listedTable, mayStop, tableStanding } from './nft-rules.ts';
import { OWNER_CHAIN, ownerChain, ownerOfTable } from './nft-owner.ts';

export const NftTable = z.strictObject({
  kind: z.string(),
  id: z.string(),
  scope: z.string(),
  /** `shop-filter`: the topology and what the table does, so that it is never a word of nft's own (a topology may be called `map`). */
  table: ObjectName,
  chains: z.record(ObjectName, Chain),
  sets: z.record(ObjectName, NamedSet),
  /** What stands in the table and has no value here: always empty in what we want, so it is drift. */
  unknown: z.array(z.strictObject({ object: z.string(), chain: z.string().nullable(), text: z.string() })),
});
export type NftTable = z.infer<typeof NftTable>;

export interface TableKind {
  readonly name: string;
  /** Behind the topology's name in that of the table. */
  readonly suffix: 'filter' | 'nat';
  /** Contents for one gateway, or `undefined` where it needs no such table. */
  readonly contents: (model: Model, gateway: Gateway, member: GatewayMember) => Table | undefined;
  /** `firewall table shop-filter in vgw-1` */
  readonly describe: (table: NftTable) => string;
  /** What taking it away does to the flows that pass. */
  readonly removal: 'hitless' | 'reconnect';
}

export function tableKind({ name, suffix, contents, describe, removal }: TableKind): Kind<NftTable> {
  const make = (scope: string, table: string, { chains, sets }: Table, unknown: NftTable['unknown']): NftTable => ({
    kind: name,
    id: resourceId(name, scope, table),
    scope,
    table,
    chains,
    sets,
    unknown,
  });
  const inHostStack = (topology: string, table: string, { chains, sets }: Table): NftTable => {
    // A comment is short: the topology may have a long name, the kind has not.
    const owner = ownerChain(topology, resourceId(name, '', 'table'));
    return make('', table, normaliseTable({ chains: { ...chains, [OWNER_CHAIN]: owner }, sets }), []);
  };
  return {
    name,
    schema: NftTable,
    describe,

    desire: (model, host) => {
      const name = `${model.topology}-${suffix}`;
      const inNamespaces = host.namespaces.flatMap((namespace) => {
        const found = memberOn(model.gateways.get(namespace.gateway), host);
        const table = found && contents(model, found.gateway, found.member);
        return table === undefined ? [] : [make(namespace.name, name, normaliseTable(table), [])];
      });
      const found = gatewayInStack(model, host);
      const table = found && contents(model, found.gateway, found.member);
      return table === undefined ? inNamespaces : [...inNamespaces, inHostStack(model.topology, name, table)];
    },

    observe: (view, { topology, wanted }) =>
      [...view.scopes.values()].flatMap((scope) =>
        scope.tables
          .filter((table) => isOurs(view, scope.scope, table, topology, `${topology}-${suffix}`))
          .map(({ name: table, objects }) => {
            const { table: found, unknown } = parseTable(objects);
            const known = wanted.get(resourceId(name, scope.scope, table));
            const sets = withTargetsAlive(found.sets, known?.sets);
            return make(scope.scope, table, { ...found, sets }, [...unknown]);
          }),
      ),

    obstacle: ({ scope, table: wanted }, view) =>
      scope === '' &&
      view.scopes.get('')?.tables.some(({ family, name }) => family === 'inet' && name === wanted) === true
        ? `An nftables table \`inet ${wanted}\` exists on this host and is not ours: rename or remove it.`
        : undefined,

    unrestorable: ({ unknown }) =>
      unknown.length === 0 ? undefined : `it holds ${unknown.map((each) => each.text).join('; ')}`,

    refers: ({ scope }) => inNamespace(scope),
    compare: compareTables,
    stages: (_before, after) => [
      after === undefined ? { effect: 'removes', state: after } : { effect: 'closes', state: after },
    ],
    commands: (before, after) => tableCommands(before, after),
    packetRules: ({ table, chains, sets }) => listedTable(table, { chains, sets }),
    standing: ({ scope, table, chains, sets }) => [tableStanding(scope, table, { chains, sets })],
    mayStop: (before, after) => after === undefined || mayStop(before, after),
    touches: (before, after) => tableTouches('inet', before, after),
    cost: (before, after) => {
      if (after === undefined) return removal;
      return before !== undefined && needsRebuild(before) ? 'flap' : 'hitless';
    },
  };
}

export function tableTouches(
  family: TableFamily,
  before: NftTable | undefined,
  after: NftTable | undefined,
): readonly Touch[] {
  const state = after ?? before;
  if (state?.scope !== '') return [];
  const contents = (each: NftTable | undefined): Table | null =>
    each === undefined ? null : { chains: each.chains, sets: each.sets };
  return [{ on: 'table', family, name: state.table, before: contents(before), after: contents(after) }];
}

/** In a namespace of ours by its name, in the host's own stack by its mark too: there anybody may use the name. */
function isOurs(view: HostView, scope: Scope, table: TableView, topology: string, name: string): boolean {
  if (table.family !== 'inet' || table.name !== name) return false;
  if (scope === '') return ownerOfTable(table) === topology;
  const namespace = view.namespaces.find((each) => each.name === scope);
  return parseMark(namespace?.alias ?? undefined)?.topology === topology;
}

function tableCommands(before: NftTable | undefined, after: NftTable | undefined): readonly Command[] {
  const resource = after ?? before;
  if (resource === undefined) return [];
  const input = tableInput(before, after);
  return input === '' ? [] : [{ tool: 'nft', scope: resource.scope, input }];
}

/** What `nft -f` is given to turn the one state into the other; empty where nothing differs. */
export function tableInput(
  before: NftTable | undefined,
  after: NftTable | undefined,
  family: TableFamily = 'inet',
): string {
  const removal = before === undefined ? '' : `delete table ${family} ${checkName(before.table)}\n`;
  if (after === undefined) return removal;
  if (before === undefined || needsRebuild(before)) return `${removal}${renderTable(after.table, after, family)}`;
  const dirty = new Set(before.unknown.flatMap((each) => each.chain ?? []));
  return changeTable(after.table, before, after, dirty, family);
}

/** A foreign rule goes when its chain is filled anew; a foreign chain or set, whose name may be anything, only with the table. */
export function needsRebuild(found: NftTable): boolean {
  return found.unknown.some((each) => each.chain === null);
}

/** One difference a chain or set, as the lines that nft would show. */
export function compareTables(wanted: NftTable, found: NftTable): readonly FieldDifference[] {
  const differences: FieldDifference[] = [];
  for (const name of namesOf(wanted.chains, found.chains)) {
    if (!sameJson(wanted.chains[name], found.chains[name])) {
      differences.push({
        field: `chain ${name}`,
        expected: chainLines(wanted.chains[name]),
        found: chainLines(found.chains[name]),
      });
    }
  }
  for (const name of namesOf(wanted.sets, found.sets)) {
    const difference = compareSets(name, wanted.sets[name], found.sets[name]);
    if (difference !== undefined) differences.push(difference);
  }
  if (found.unknown.length > 0 || wanted.unknown.length > 0) {
    differences.push({
      field: 'not representable',
      expected: wanted.unknown.map((each) => each.text),
      found: found.unknown.map((each) => each.text),
    });
  }
  return differences;
}

/** Only the lines that differ: a map may have thousands of elements. */
function compareSets(
  name: string,
  wanted: NamedSet | undefined,
  found: NamedSet | undefined,
): FieldDifference | undefined {
  const set = wanted ?? found;
  const field = `${set === undefined ? 'set' : setWord(set)} ${name}`;
  const [expected, actual] = [setLines(wanted), setLines(found)];
  if (expected === null || actual === null) return { field, expected, found: actual };
  const [expectedSet, actualSet] = [new Set(expected), new Set(actual)];
  const [missing, excess] = [
    expected.filter((line) => !actualSet.has(line)),
    actual.filter((line) => !expectedSet.has(line)),
  ];
  return missing.length + excess.length === 0 ? undefined : { field, expected: missing, found: excess };
}

function chainLines(chain: Chain | undefined): readonly string[] | null {
  if (chain === undefined) return null;
  return [...(chain.base === null ? [] : [renderHook(chain.base)]), ...chain.rules.map(renderRule)];
}

function setLines(set: NamedSet | undefined): readonly string[] | null {
  return set === undefined
    ? null
    : [...renderSetHead(set), ...set.elements.map((element) => renderElement(set, element))];
}

function namesOf(left: object, right: object): readonly string[] {
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].sort();
}
