/** `policy`, `publish` and the protection of a gateway itself, as one nftables table in each member's namespace. */
import { tableKind } from '../nft-table.ts';
import { firewallTable } from './table.ts';

export const firewall = tableKind({
  name: 'firewall',
  suffix: 'filter',
  contents: firewallTable,
  describe: (table) => `firewall table ${table.table} in ${table.scope}`,
  removal: 'hitless',
});
