import { hostIdentity } from './host-identity.ts';
import { testRow } from './row.ts';

testRow(hostIdentity);
