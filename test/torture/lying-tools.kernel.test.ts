import { lyingTools } from './lying-tools.ts';
import { testRow } from './row.ts';

testRow(lyingTools);
