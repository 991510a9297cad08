import { testRow } from './row.ts';
import { sets } from './sets.ts';

testRow(sets);
