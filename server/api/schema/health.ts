import { z } from 'zod';
import { document } from './common.ts';

export const Health = z.object({ ...document, status: z.literal('ok') }).readonly();
export type Health = z.infer<typeof Health>;
