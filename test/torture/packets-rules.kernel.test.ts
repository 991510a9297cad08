import { packetsRules } from './packets-rules.ts';
import { testRow } from './row.ts';

testRow(packetsRules);
