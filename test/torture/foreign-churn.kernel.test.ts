import { foreignChurn } from './foreign-churn.ts';
import { testRow } from './row.ts';

testRow(foreignChurn);
