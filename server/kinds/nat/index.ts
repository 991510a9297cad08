/** `publish` and `masquerade`: the translations of a gateway, as one nftables table for each of its members. */
import { tableKind } from '../nft-table.ts';
import { natTable } from './table.ts';

export const nat = tableKind({
  name: 'nat',
  suffix: 'nat',
  contents: natTable,
  describe: (table) => `NAT table ${table.table}${table.scope === '' ? '' : ` in ${table.scope}`}`,
  removal: 'reconnect',
});
