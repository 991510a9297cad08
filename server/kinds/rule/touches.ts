import type { Touch } from '../../flow/touch.ts';
import { MAIN_TABLE } from '../link-routing.ts';
import type { Rule } from './resource.ts';

/** Its two lines, as `commands.ts` writes them. */
export function ruleTouches({ family, select, priority, table, main, own }: Rule, present: boolean): readonly Touch[] {
  const from = 'from' in select ? select.from : null;
  const line = { on: 'rule', family, from, present } as const;
  return [
    ...(main ? [{ ...line, priority, table: MAIN_TABLE, suppressed: 0 }] : []),
    ...(own ? [{ ...line, priority: priority + 1, table, suppressed: null }] : []),
  ];
}
