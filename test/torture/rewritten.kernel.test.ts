import { rewritten } from './rewritten.ts';
import { testRow } from './row.ts';

testRow(rewritten);
