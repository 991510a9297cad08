import { killed } from './killed.ts';
import { testRow } from './row.ts';

testRow(killed);
