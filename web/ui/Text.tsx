import { plainText } from '../../server/core/plain-text.ts';

/** Text that others wrote: set apart from the direction of what is around it, without control characters. */
export function Text({ children }: { readonly children: string }) {
  return <bdi>{plainText(children)}</bdi>;
}
