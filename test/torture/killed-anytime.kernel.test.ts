import { killedAnytime } from './killed-anytime.ts';
import { testRow } from './row.ts';

testRow(killedAnytime);
