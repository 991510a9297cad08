import { lostPaths } from './lost-paths.ts';
import { testRow } from './row.ts';

testRow(lostPaths);
