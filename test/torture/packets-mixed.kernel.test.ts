import { packetsMixed } from './packets-mixed.ts';
import { testRow } from './row.ts';

testRow(packetsMixed);
