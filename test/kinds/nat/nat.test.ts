import { describe, expect, it } from 'vitest';
import { renderTable } from '../../../server/core/nft/render.ts';
import { nat } from '../../../server/kinds/nat/index.ts';
import { yardModel } from '../../support/yard.ts';
import { hostIn } from '../firewall/model.ts';
import { shopModel } from '../firewall/shop.ts';

describe('nat', () => {
  it('is one table in the namespace of each gateway member', async () => {
    const model = shopModel();
    const [table, ...others] = nat.desire(model, hostIn(model));
    expect(others).toEqual([]);
    expect(table?.id).toBe('nat:vgw-1/shop-nat');
    await expect(table === undefined ? '' : renderTable(table.table, table)).toMatchFileSnapshot('shop.nft');
  });

  it('is one table in the stack of a host whose gateway runs there, for what comes by its interfaces', async () => {
    const model = yardModel();
    const [host] = model.hosts.values();
    const [table] = host === undefined ? [] : nat.desire(model, host);
    expect(table?.id).toBe('nat:yard-nat');
    await expect(table === undefined ? '' : renderTable(table.table, table)).toMatchFileSnapshot('yard.nft');
  });
});
