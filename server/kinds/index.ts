import type { Kind } from './kind.ts';

/** Every kind of resource there is. A new kind is its folder and one line here. */
export const KINDS: readonly Kind[] = [];
