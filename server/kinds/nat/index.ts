/** `publish` and `masquerade`: the translations of a gateway, as one nftables table in each member's namespace. */
import { tableKind } from '../nft-table.ts';
import { natTable } from './table.ts';

export const nat = tableKind({
  name: 'nat',
  suffix: 'nat',
  contents: natTable,
  describe: (table) => `NAT table ${table.table} in ${table.scope}`,
  removal: 'reconnect',
});
