/** `policy`, `publish` and the protection of a gateway itself, as one nftables table for each of its members. */
import { tableKind } from '../nft-table.ts';
import { firewallTable } from './table.ts';

export const firewall = tableKind({
  name: 'firewall',
  suffix: 'filter',
  contents: firewallTable,
  describe: (table) => `firewall table ${table.table}${table.scope === '' ? '' : ` in ${table.scope}`}`,
  removal: 'hitless',
});
