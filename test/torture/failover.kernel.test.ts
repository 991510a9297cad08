import { failover } from './failover.ts';
import { testRow } from './row.ts';

testRow(failover);
