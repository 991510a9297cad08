/** A topology of the machine's host `gw-x`, written as a user writes it. */
import { expect } from 'vitest';
import type { Host, Model } from '../../../server/flow/model.ts';
import { compileText } from '../../../server/model/compile-file.ts';

/** @param yaml without `topology:`, which is `shop`. */
export function compiled(yaml: string): { readonly model: Model; readonly host: Host } {
  const { model, diagnostics } = compileText({ file: 'shop.yaml', text: `topology: shop\n${yaml}` });
  const host = model?.hosts.get('gw-x');
  if (model === null || host === undefined) {
    expect(diagnostics.map(({ code, detail }) => `${code}: ${detail}`)).toEqual([]);
    throw new Error('the topology has no host gw-x');
  }
  return { model, host };
}
