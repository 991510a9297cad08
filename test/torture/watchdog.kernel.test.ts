import { testRow } from './row.ts';
import { watchdog } from './watchdog.ts';

testRow(watchdog);
