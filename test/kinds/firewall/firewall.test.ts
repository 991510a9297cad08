import { describe, expect, it } from 'vitest';
import { renderTable } from '../../../server/core/nft/render.ts';
import { firewall } from '../../../server/kinds/firewall/index.ts';
import { hostIn } from './model.ts';
import { shopModel } from './shop.ts';

describe('firewall', () => {
  it('is one table in the namespace of each gateway member', async () => {
    const model = shopModel();
    const [table, ...others] = firewall.desire(model, hostIn(model));
    expect(others).toEqual([]);
    expect(table?.id).toBe('firewall:vgw-1/shop-filter');
    await expect(table === undefined ? '' : renderTable(table.table, table)).toMatchFileSnapshot('shop.nft');
  });
});
