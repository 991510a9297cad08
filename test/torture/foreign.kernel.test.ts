import { foreign } from './foreign.ts';
import { testRow } from './row.ts';

testRow(foreign);
