import { row } from './hostile-names.ts';
import { testRow } from './row.ts';

testRow(row);
