import { ownership } from './ownership.ts';
import { testRow } from './row.ts';

testRow(ownership);
