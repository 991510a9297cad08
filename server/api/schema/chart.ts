/** The graph of a topology as text for other programs. */
import { z } from 'zod';
import { document } from './common.ts';

export const ChartQuestion = z.object({ format: z.enum(['mermaid', 'dot']) });

/** `text` is `null` where the file is wrong: the diagnostics say how. */
export const Chart = z.object({ ...document, text: z.string().nullable() }).readonly();
export type Chart = z.infer<typeof Chart>;
