import { row } from './observation.ts';
import { testRow } from './row.ts';

testRow(row);
