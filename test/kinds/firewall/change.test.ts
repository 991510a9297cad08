/** What a change of the file becomes in the kernel: elements alone where it can, else flush and fill of the chains that differ. */
import { describe, expect, it } from 'vitest';
import type { Model } from '../../../server/flow/model.ts';
import { firewall } from '../../../server/kinds/firewall/index.ts';
import { nat } from '../../../server/kinds/nat/index.ts';
import type { NftTable } from '../../../server/kinds/nft-table.ts';
import type { Shape } from './model.ts';
import { allow, deny, hostIn, inside, internet, masquerade, modelOf, publish } from './model.ts';

const SHOP = inside('shop', '10.1.1.0/24');
const DB = inside('db', '10.1.2.0/24');
const BASE: Shape = {
  networks: { wan: ['192.0.2.0/24'], shop: ['10.1.1.0/24'], db: ['10.1.2.0/24'] },
  gateway: { wan: ['192.0.2.11'], shop: ['10.1.1.1'], db: ['10.1.2.1'] },
  policy: [allow('allow-db', ['5432/tcp'], [SHOP], [DB])],
  publishes: [publish('publish-web', '192.0.2.11', '443/tcp', 'shop', '10.1.1.10', 8443)],
};

function tables(model: Model): { filter: NftTable; nat: NftTable } {
  const [[filter], [translation]] = [firewall.desire(model, hostIn(model)), nat.desire(model, hostIn(model))];
  if (filter === undefined || translation === undefined) throw new Error('a table is missing');
  return { filter, nat: translation };
}

function change(before: NftTable | undefined, after: NftTable | undefined): string {
  const commands = firewall.commands(before, after, { topology: 'shop', doomedGroup: 1 });
  return commands.map((command) => (command.tool === 'nft' ? command.input : '')).join('');
}

const base = tables(modelOf(BASE));

describe('a published port more', () => {
  const more = tables(
    modelOf({
      ...BASE,
      publishes: [...(BASE.publishes ?? []), publish('publish-alt', '192.0.2.11', '8080/tcp', 'shop', '10.1.1.11')],
    }),
  );

  it('is one element in each table', () => {
    expect(change(base.filter, more.filter) + change(base.nat, more.nat)).toBe(`\
add element inet shop-filter published-4 {
	192.0.2.11 . 10.1.1.11 . tcp . 8080 comment "publish-alt",
}
add element inet shop-nat publish-4 {
	192.0.2.11 . tcp . 8080 comment "publish-alt" : 10.1.1.11 . 8080,
}
`);
  });

  it('and its undo takes just that one out', () => {
    expect(change(more.nat, base.nat)).toBe(`\
delete element inet shop-nat publish-4 {
	192.0.2.11 . tcp . 8080,
}
`);
  });

  it('is told as the line that differs', () => {
    expect(firewall.compare?.(more.nat, base.nat)).toEqual([
      {
        field: 'map publish-4',
        expected: ['192.0.2.11 . tcp . 8080 comment "publish-alt" : 10.1.1.11 . 8080'],
        found: [],
      },
    ]);
  });
});

describe('a policy line more', () => {
  it('fills the chain of its pair anew, and leaves the base chains', () => {
    const more = tables(
      modelOf({
        ...BASE,
        policy: [...(BASE.policy ?? []), deny('deny-admin', ['22/tcp'], [SHOP], [DB], { log: true })],
      }),
    );
    expect(change(base.filter, more.filter)).toBe(`\
flush chain inet shop-filter policy/shop/db
table inet shop-filter {
	chain policy/shop/db {
		ip saddr 10.1.1.0/24 ip daddr 10.1.2.0/24 tcp dport 22 limit rate 10/second burst 20 packets counter log prefix "trunkline deny-admin " comment "deny-admin"
		ip saddr 10.1.1.0/24 ip daddr 10.1.2.0/24 tcp dport 22 counter drop comment "deny-admin"
		ip saddr 10.1.1.0/24 ip daddr 10.1.2.0/24 tcp dport 5432 counter accept comment "allow-db"
	}
}
`);
    expect(change(base.nat, more.nat)).toBe('');
  });

  it('for a new pair makes the chain before the element that jumps to it', () => {
    const more = tables(
      modelOf({ ...BASE, policy: [...(BASE.policy ?? []), allow('allow-back', ['80/tcp'], [DB], [SHOP])] }),
    );
    expect(change(base.filter, more.filter)).toBe(`\
table inet shop-filter {
	chain policy/db/shop {
	}
}
add element inet shop-filter forward-pairs {
	"db" . "shop" : jump policy/db/shop,
}
add element inet shop-filter input-pairs-4 {
	"db" . 10.1.1.1 : jump policy/db/shop,
}
table inet shop-filter {
	chain policy/db/shop {
		ip saddr 10.1.2.0/24 ip daddr 10.1.1.0/24 tcp dport 80 counter accept comment "allow-back"
	}
}
`);
    expect(change(more.filter, base.filter)).toBe(`\
flush chain inet shop-filter policy/db/shop
delete element inet shop-filter forward-pairs {
	"db" . "shop",
}
delete element inet shop-filter input-pairs-4 {
	"db" . 10.1.1.1,
}
delete chain inet shop-filter policy/db/shop
`);
  });

  it('means the same in whatever order the lines stand', () => {
    const lines = [
      allow('a', ['80/tcp'], [SHOP], [DB]),
      deny('b', ['any'], [SHOP], [DB]),
      allow('c', ['icmp'], [SHOP], [DB]),
    ];
    const [one, other] = [
      tables(modelOf({ ...BASE, policy: lines })),
      tables(modelOf({ ...BASE, policy: lines.toReversed() })),
    ];
    expect(one).toEqual(other);
  });
});

describe('the table as a whole', () => {
  it('goes with one statement', () => {
    expect(change(base.filter, undefined)).toBe('delete table inet shop-filter\n');
  });

  it('is unchanged where nothing differs', () => {
    expect(firewall.compare?.(base.filter, base.filter)).toEqual([]);
    expect(change(base.filter, base.filter)).toBe('');
  });

  it('closes before the wire opens, and needs its namespace', () => {
    expect(firewall.stages?.(undefined, base.filter)).toEqual([{ effect: 'closes', state: base.filter }]);
    expect(firewall.stages?.(base.filter, undefined)).toEqual([{ effect: 'removes', state: undefined }]);
    expect(firewall.refers(base.filter)).toEqual([{ to: 'netns:vgw-1', diesWith: true }]);
  });

  it('passes its own schema', () => {
    expect(firewall.schema.parse(JSON.parse(JSON.stringify(base.filter)))).toEqual(base.filter);
    expect(nat.schema.parse(JSON.parse(JSON.stringify(base.nat)))).toEqual(base.nat);
  });
});

describe('two realms on one gateway', () => {
  const realms: Shape = {
    networks: { wan: ['192.0.2.0/24'], mgmt: ['10.0.20.0/24'], 'p3:shop': ['10.1.1.0/24'] },
    gateway: { wan: ['192.0.2.11'], mgmt: ['10.0.20.1'], shop: ['10.1.1.1'] },
    publishes: [publish('publish-web', '192.0.2.11', '443/tcp', 'shop', '10.1.1.10')],
    policy: [
      allow('allow-all', ['any'], [inside('mgmt', '10.0.20.0/24')], [SHOP]),
      deny('deny-x', ['22/tcp'], [inside('mgmt', '10.0.20.0/24')], [SHOP]),
    ],
  };

  it('are not joined by policy, and a mapping for everybody is not for the other realm', () => {
    const { filter } = tables(modelOf(realms));
    expect(filter.sets['forward-pairs']?.elements.map((each) => each.value)).toEqual([
      { jump: { target: 'denied/mgmt/shop' } },
    ]);
    expect(filter.chains['denied/mgmt/shop']?.rules.map((rule) => rule.id)).toEqual(['deny-x']);
    expect(filter.sets['publish-pairs']?.elements.map((each) => each.key)).toEqual([
      ['shop', 'shop'],
      ['wan', 'shop'],
    ]);
  });

  it('are joined in the direction of a masquerade', () => {
    const joined = {
      ...realms,
      masquerades: [
        { id: 'm', place: { file: '', line: 1, column: 1 }, from: 'mgmt', to: 'shop', source: { 4: '10.1.1.1' } },
      ],
    };
    const { filter } = tables(modelOf(joined));
    expect(filter.sets['forward-pairs']?.elements.map((each) => each.value)).toEqual([
      { jump: { target: 'policy/mgmt/shop' } },
    ]);
  });

  it('are joined by a masquerade for the family that it has an address of, and for no other source', () => {
    const both: Shape = {
      networks: { wan: ['192.0.2.0/24', '2001:db8:ff::/64'], 'p3:shop': ['10.1.1.0/24', '2001:db8:1::/64'] },
      gateway: { wan: ['192.0.2.11'], shop: ['10.1.1.1', '2001:db8:1::1'] },
      masquerades: [masquerade('m', 'shop', 'wan', { 4: '192.0.2.11' })],
      policy: [allow('allow-out', ['80/tcp'], [inside('shop', '10.1.1.0/24', '2001:db8:1::/64')], [internet('wan')])],
    };
    const { filter } = tables(modelOf(both));
    const rules = filter.chains['crossing/shop/wan']?.rules ?? [];
    expect(rules.map((rule) => rule.id)).toEqual(['allow-out']);
    expect(JSON.stringify(rules)).toContain('"addr":"10.1.1.0"');
    // Into the gateway itself nothing crosses.
    expect(filter.chains['policy/shop/wan']?.rules.map((rule) => rule.id)).toEqual(['allow-out', 'allow-out']);
  });

  it('are joined by one-to-one for its address alone: out with that source, in once it was translated', () => {
    const model = modelOf({
      ...realms,
      policy: [
        allow('allow-in', ['22/tcp'], [internet('wan')], [SHOP]),
        allow('allow-out', ['80/tcp'], [SHOP], [internet('wan')]),
      ],
      oneToOnes: [
        {
          id: 'o',
          place: { file: '', line: 1, column: 1 },
          text: '',
          outside: '192.0.2.50',
          inside: '10.1.1.10',
          network: 'shop',
          guest: null,
          external: 'wan',
        },
      ],
    });
    const { filter } = tables(model);
    expect(filter.sets['forward-pairs']?.elements.map((each) => each.value)).toEqual([
      { jump: { target: 'crossing/shop/wan' } },
      { jump: { target: 'crossing/wan/shop' } },
    ]);
    const [leaving] = filter.chains['crossing/shop/wan']?.rules ?? [];
    expect(leaving?.expr[0]).toEqual({
      match: {
        op: '==',
        left: { payload: { protocol: 'ip', field: 'saddr' } },
        right: '10.1.1.10',
      },
    });
    const [entering] = filter.chains['crossing/wan/shop']?.rules ?? [];
    expect(JSON.stringify(entering?.expr)).toMatch(/"ct":\{"key":"status"\}.*"dnat".*"daddr".*10\.1\.1\.10/);
  });
});
