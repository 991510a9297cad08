import { describe, expect, it } from 'vitest';
import { renderTable } from '../../../server/core/nft/render.ts';
import { firewall } from '../../../server/kinds/firewall/index.ts';
import { yardModel } from '../../support/yard.ts';
import { hostIn } from './model.ts';
import { shopModel } from './shop.ts';

const inHostStack = (text: (text: string) => string = (each) => each): string => {
  const model = yardModel(text);
  const host = model.hosts.get('server');
  const [table] = host === undefined ? [] : firewall.desire(model, host);
  expect(table?.id).toBe('firewall:yard-filter');
  return table === undefined ? '' : renderTable(table.table, table);
};

describe('firewall', () => {
  it('is one table in the namespace of each gateway member', async () => {
    const model = shopModel();
    const [table, ...others] = firewall.desire(model, hostIn(model));
    expect(others).toEqual([]);
    expect(table?.id).toBe('firewall:vgw-1/shop-filter');
    await expect(table === undefined ? '' : renderTable(table.table, table)).toMatchFileSnapshot('shop.nft');
  });

  it('is one table in the stack of a host whose gateway runs there, beside those of others', async () => {
    await expect(inHostStack()).toMatchFileSnapshot('yard.nft');
  });

  it('lets in what carries a network of the host by an interface of the gateway', () => {
    const carried = inHostStack((text) =>
      text
        .replace(
          'backend: { subnet: 10.50.1.0/24 }',
          'backend: { transport: vxlan, vni: 7, underlay: rack, subnet: 10.50.1.0/24 }',
        )
        .replace(/ +br-backend: .*\n/, '')
        .replace(
          'guests:',
          '  other: { access: ssh://root@other.example.net, bridges: { br0: { ports: [eno1], networks: [rack] } }, nics: { rack: 198.51.100.14 } }\nguests:',
        )
        .replace('guests:', 'guests:\n  rules2: { on: other, nics: { backend: 10.50.1.11 } }'),
    );
    expect(carried).toContain(
      'iifname "br-rack" ip saddr 198.51.100.14 ip daddr 198.51.100.10 udp dport 4789 counter accept comment "vxlan"',
    );
  });
});
