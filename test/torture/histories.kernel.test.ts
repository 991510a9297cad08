import { histories } from './histories.ts';
import { testRow } from './row.ts';

testRow(histories);
