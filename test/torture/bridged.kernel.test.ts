import { bridged } from './bridged.ts';
import { testRow } from './row.ts';

testRow(bridged);
