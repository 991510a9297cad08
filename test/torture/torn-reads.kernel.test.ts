import { testRow } from './row.ts';
import { row } from './torn-reads.ts';

testRow(row);
