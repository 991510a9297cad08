/** What is left of the tables of others: it goes on beside ours, and the list says what it is. */
import { z } from 'zod';
import type { TableView } from '../flow/hostview.ts';
import { parseMark } from '../flow/mark.ts';
import type { Import } from './job.ts';
import { objectKey, tableKey } from './ledger.ts';

const Marked = z.object({ comment: z.string() });

/** The topology that a table of the host was made for. */
export function ownerOfForeign({ objects }: TableView): string | undefined {
  for (const object of objects) {
    const mark = parseMark(Marked.safeParse(object['rule']).data?.comment);
    if (mark !== undefined) return mark.topology;
  }
  return undefined;
}

const Chained = z.object({ type: z.string().optional(), hook: z.string().optional() });

export function listTables({ snapshot, ledger }: Import, taken: boolean): void {
  for (const table of snapshot.host.tables) {
    const owner = ownerOfForeign(table);
    const reason = owner === undefined ? reasonFor(table, taken) : `topology ${owner} made it`;
    for (const key of [tableKey(table), ...table.objects.map((_, at) => objectKey(table, at))])
      if (ledger.isOpen(key)) ledger.list(key, reason);
  }
}

function reasonFor({ objects }: TableView, taken: boolean): string {
  const filters = objects.some((object) => Chained.safeParse(object['chain']).data?.type === 'filter');
  if (filters) return 'it filters, and no file says who made it and why: it goes on judging beside Trunkline';
  return taken
    ? 'it stays as it is: take it out when what the file says in its place is applied and works'
    : 'it stays as it is';
}
