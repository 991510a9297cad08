import * as z from 'zod';
import { parseMemory } from '../grammar/size.ts';
import { written } from './value.ts';

/** `{ cpus: 8, memory: 16G }` */
export const SizePart = z.strictObject({
  cpus: z
    .int()
    .min(1)
    .max(4096)
    .optional()
    .meta({ description: 'number of processors', examples: [8] }),
  memory: written(parseMemory)
    .optional()
    .meta({ description: 'amount of memory: `16G`, `512M`', examples: ['16G'] }),
});
export type SizePart = z.infer<typeof SizePart>;
