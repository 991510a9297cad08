import { manyHosts } from './many-hosts.ts';
import { testRow } from './row.ts';

testRow(manyHosts);
