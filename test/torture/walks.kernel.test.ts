import { testRow } from './row.ts';
import { walks } from './walks.ts';

testRow(walks);
