import { ownPath } from './own-path.ts';
import { testRow } from './row.ts';

testRow(ownPath);
