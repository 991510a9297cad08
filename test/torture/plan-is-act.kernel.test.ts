import { planIsAct } from './plan-is-act.ts';
import { testRow } from './row.ts';

testRow(planIsAct);
