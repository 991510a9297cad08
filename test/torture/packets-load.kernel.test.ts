import { packetsLoad } from './packets-load.ts';
import { testRow } from './row.ts';

testRow(packetsLoad);
