import { row } from './idempotence.ts';
import { testRow } from './row.ts';

testRow(row);
