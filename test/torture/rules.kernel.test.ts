import { rules } from './rules.ts';
import { testRow } from './row.ts';

testRow(rules);
