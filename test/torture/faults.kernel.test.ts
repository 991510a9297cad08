import { faults } from './faults.ts';
import { testRow } from './row.ts';

testRow(faults);
