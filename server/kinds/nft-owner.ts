/**
 * Whose a table in a host's own stack is. A table has no alias, and a name alone may be anybody's: so the table of a topology
 * holds a chain that nothing jumps to, whose only rule carries the mark as its comment.
 */
import { z } from 'zod';
import type { Chain } from '../core/nft/ast.ts';
import { COUNTER, regularChain, rule } from '../core/nft/write.ts';
import type { TableView } from '../flow/hostview.ts';
import { formatMark, parseMark } from '../flow/mark.ts';
import type { ResourceId } from '../flow/resource.ts';

export const OWNER_CHAIN = 'owner-mark';

export function ownerChain(topology: string, resource: ResourceId): Chain {
  return regularChain([rule(formatMark(topology, resource), COUNTER)]);
}

const MarkRule = z.object({ chain: z.literal(OWNER_CHAIN), comment: z.string() });

/** The topology that a table was made for; `undefined` where nothing in it says so. */
export function ownerOfTable({ objects }: TableView): string | undefined {
  for (const object of objects) {
    const found = MarkRule.safeParse(object['rule']);
    const mark = found.success ? parseMark(found.data.comment) : undefined;
    if (mark !== undefined) return mark.topology;
  }
  return undefined;
}
