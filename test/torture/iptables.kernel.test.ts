import { iptables } from './iptables.ts';
import { testRow } from './row.ts';

testRow(iptables);
