import { flows } from './flows.ts';
import { testRow } from './row.ts';

testRow(flows);
