/** `isolated: true`: one nftables table of the bridge family in the host's own stack, for all isolated networks there. */
import { normaliseTable } from '../../core/nft/normalise.ts';
import { parseTable } from '../../core/nft/parse.ts';
import type { HostView, TableView } from '../../flow/hostview.ts';
import type { Kind } from '../kind.ts';
import { ISOLATION_ID } from '../link-ids.ts';
import { ownerOfTable } from '../nft-owner.ts';
import { tableStanding } from '../nft-rules.ts';
import { compareTables, needsRebuild, NftTable, tableInput, tableTouches } from '../nft-table.ts';
import { isolationStages } from './stages.ts';
import { isolationTable } from './table.ts';

export const isolation: Kind<NftTable> = {
  name: 'isolation',
  schema: NftTable,
  desire(model, host) {
    const table = isolationTable(model, host);
    return table === undefined ? [] : [resource(tableName(model.topology), normaliseTable(table), [])];
  },
  observe(view, { topology }) {
    const found = standing(view, topology);
    if (found === undefined || ownerOfTable(found) !== topology) return [];
    const { table, unknown } = parseTable(found.objects);
    return [resource(found.name, table, [...unknown])];
  },
  obstacle: (_wanted, view, { topology }) =>
    standing(view, topology) === undefined
      ? undefined
      : `An nftables table \`bridge ${tableName(topology)}\` exists and is not ours: rename or remove it.`,
  unrestorable: ({ unknown }) =>
    unknown.length === 0 ? undefined : `it holds ${unknown.map((each) => each.text).join('; ')}`,
  // The ports of members refer to it: it stands before the first of them, and goes after the last.
  refers: () => [],
  compare: compareTables,
  stages: isolationStages,
  commands(before, after) {
    const input = tableInput(before, after, 'bridge');
    return input === '' ? [] : [{ tool: 'nft', scope: '', input }];
  },
  cost: (before, after) => (before !== undefined && after !== undefined && needsRebuild(before) ? 'flap' : 'hitless'),
  touches: (before, after) => tableTouches('bridge', before, after),
  standing: ({ scope, table, chains, sets }) => [tableStanding(scope, table, { chains, sets }, 'bridge')],
  describe: ({ table }) => `isolation table ${table}`,
};

/** `shop-isolation` */
function tableName(topology: string): string {
  return `${topology}-isolation`;
}

function resource(
  table: string,
  { chains, sets }: Pick<NftTable, 'chains' | 'sets'>,
  unknown: NftTable['unknown'],
): NftTable {
  return { kind: 'isolation', id: ISOLATION_ID, scope: '', table, chains, sets, unknown };
}

function standing(view: HostView, topology: string): TableView | undefined {
  return view.scopes.get('')?.tables.find(({ family, name }) => family === 'bridge' && name === tableName(topology));
}
