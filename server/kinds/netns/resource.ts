import { z } from 'zod';
import { idField, namespaceField } from '../link-fields.ts';

/** A network namespace: the network stack of one gateway member. Its mark is the alias of its `lo`. */
export const Netns = z.strictObject({
  kind: z.literal('netns'),
  id: idField,
  scope: z.literal(''),
  name: namespaceField,
  marked: z.boolean(),
});
export type Netns = z.infer<typeof Netns>;
