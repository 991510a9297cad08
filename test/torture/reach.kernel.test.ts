import { reachRow } from './reach.ts';
import { testRow } from './row.ts';

testRow(reachRow);
