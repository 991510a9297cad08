/** Rules as they are shown: loaded again as they are written, they are the same rules. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../server/core/json.ts';
import { ruleText, statementText } from '../../server/reach/rules/text/statement.ts';
import { chance } from '../support/chance.ts';
import { randomRuleset } from '../support/rules/random-rules.ts';
import { openRouter } from '../support/rules/router.ts';
import type { Router } from '../support/rules/router.ts';

type Listed = Readonly<Record<string, Json>>;
interface Rule {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly comment?: string;
  readonly expr: readonly Json[];
}

let router: Router;
beforeAll(async () => {
  router = await openRouter();
});
afterAll(() => {
  router.close();
});

/** nft drops `meta l4proto tcp` before `tcp dport`, and then does not take back what it lists: `ct original proto-dst 21 tcp dport 22`. */
const takenBack = ({ expr }: Rule): boolean => !/"proto-(src|dst)"/.test(JSON.stringify(expr));

const rulesOf = (listing: readonly Listed[]): readonly Rule[] =>
  listing.flatMap(({ rule }) => (rule === undefined ? [] : [rule as unknown as Rule]));

/** Without what was counted, and with the members of sets in one order: nft lists them in the kernel's. */
const comparable = (expr: readonly Json[]): unknown =>
  JSON.parse(
    JSON.stringify(expr).replaceAll(/\{"packets":\d+,"bytes":\d+\}/g, 'null'),
    (key, value: unknown): unknown =>
      key === 'set' && Array.isArray(value)
        ? value.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
        : value,
  );

/** Every chain emptied and filled with the texts, in one transaction. */
function loadedAgain(rules: readonly Rule[]): readonly Rule[] {
  const chains = new Set(rules.map(({ family, table, chain }) => `${family} ${table} ${chain}`));
  const lines = [
    ...[...chains].map((each) => `flush chain ${each}`),
    ...rules.map(({ family, table, chain, expr }) => `add rule ${family} ${table} ${chain} ${ruleText(expr)}`),
  ];
  router.run(['nft', '-f', '-'], `${lines.join('\n')}\n`);
  return rulesOf(router.listing());
}

function expectSame(rules: readonly Rule[]): void {
  const again = loadedAgain(rules);
  expect(again).toHaveLength(rules.length);
  for (const [index, { expr }] of rules.entries())
    expect(comparable(again[index]?.expr ?? []), ruleText(expr)).toEqual(comparable(expr));
}

describe('the text of a rule', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])('is the rule, for random rules (seed %i)', (seed) => {
    expectSame(rulesOf(router.load(randomRuleset(chance(seed)))).filter(takenBack));
  });

  it.each([
    'iifname "wan0" oifname { "lan0", "lan1*" } ip saddr 10.0.0.0/8 tcp dport { 22, 80-90 } counter accept',
    'iifname . oifname { "a" . "b", "c" . "d" } accept',
    'ct state vmap { established : accept, related : accept, invalid : drop }',
    'ct state established,related accept',
    'ct state != new drop',
    'ct status dnat ct original ip daddr 192.0.2.1 accept',
    'tcp dport 8443 ct original proto-dst 443 accept',
    'ct direction reply accept',
    'tcp flags == syn drop',
    'tcp flags syn drop',
    'tcp flags & (fin | syn | rst | ack) == syn drop',
    'tcp flags != syn,ack drop',
    'tcp option maxseg exists drop',
    'exthdr frag exists drop',
    'frag more-fragments 1 drop',
    'ip6 saddr fe80::/10 icmpv6 type { nd-neighbor-solicit, echo-request } accept',
    'icmp type echo-request limit rate 10/second burst 5 packets accept',
    'limit rate over 1 mbytes/second drop',
    'quota over 25 mbytes drop',
    'log prefix "trunk line: " level warn flags all',
    'log group 2 snaplen 64 queue-threshold 10',
    'log flags ip options flags tcp sequence',
    'meta l4proto { tcp, udp } th dport 53 accept',
    'meta mark & 0x0000ff00 == 0x00001200 accept',
    'meta mark set ct mark',
    'meta mark set meta mark & 0xffffff0f | 0x00000030',
    'ct mark set meta mark',
    'meta priority set 1:10',
    'meta pkttype broadcast drop',
    'meta skuid 1000 accept',
    'meta nfproto ipv6 drop',
    'meta protocol ip accept',
    'fib daddr type local accept',
    'fib saddr . iif oif missing drop',
    'ip dscp set cs3',
    'ip dscp { cs1, af41 } accept',
    'ip ttl < 5 drop',
    'ip length 100-200 accept',
    'ip protocol { icmp, esp } accept',
    'ether saddr 02:00:00:00:00:01 accept',
    'vlan id 20 accept',
    '@th,16,16 0x0035 accept',
    'socket transparent 1 accept',
    'numgen inc mod 2 vmap { 0 : accept, 1 : drop }',
    'jhash ip saddr . tcp dport mod 4 vmap { 0 : accept }',
    'reject with tcp reset',
    'reject with icmpx admin-prohibited',
    'reject with icmp net-unreachable',
    'add @seen { ip saddr timeout 1m }',
    'update @seen { ip saddr limit rate 10/minute }',
    'ct count over 20 reject',
    'notrack',
    'dup to 10.1.1.1 device "lo"',
    'tcp dport vmap { 22 : jump other, 80 : goto other }',
    'ip saddr . tcp dport @pairs accept',
    'counter name "hits" drop',
    'return',
  ])('is the rule: %s', (rule) => {
    const family = /\bdup to\b|icmp type|icmp net/.test(rule) ? 'ip' : 'inet';
    loadIn(family, 'type filter hook prerouting priority -300;', rule);
  });

  it.each([
    'tcp dport 443 dnat ip to 10.1.1.5:8443',
    'udp dport 53 dnat ip6 to [fd00::5]:8443-8450',
    'dnat ip to 10.1.1.5-10.1.1.9 random,persistent',
    'dnat ip to ip daddr . tcp dport map { 192.0.2.1 . 443 : 10.1.1.5 . 8443 }',
    'dnat ip prefix to ip daddr map { 192.0.2.0/24 : 10.1.0.0/24 }',
    'meta l4proto tcp redirect to :8080',
    'redirect',
  ])('is the rule, in front of routing: %s', (rule) => {
    loadIn('inet', 'type nat hook prerouting priority -100;', rule);
  });

  it.each(['masquerade', 'oifname "wan0" masquerade random', 'snat ip to 192.0.2.1', 'snat ip6 to fd00::1-fd00::9'])(
    'is the rule, behind routing: %s',
    (rule) => {
      loadIn('inet', 'type nat hook postrouting priority 100;', rule);
    },
  );

  it('is shown for what has parameters that nft does not list, and for what nobody knows', () => {
    expect(statementText({ xt: { type: 'match', name: 'recent' } })).toBe('xt match "recent"');
    expect(statementText({ teleport: { to: 'mars' } })).toBe('{"teleport":{"to":"mars"}}');
  });

  it('never ends a line, whatever somebody wrote into a name', () => {
    expect(statementText({ log: { prefix: 'a\nb\u202e' } })).toBe('log prefix "a\\u000ab\\u202e"');
  });
});

function loadIn(family: string, type: string, rule: string): void {
  const address = family === 'ip' || family === 'inet' ? 'ipv4_addr' : 'ipv6_addr';
  router.reset();
  router.run(
    ['nft', '-f', '-'],
    `table ${family} t {
  counter hits { }
  set seen { type ${address}; flags dynamic; timeout 1h; }
  set pairs { type ${address} . inet_service; }
  chain other { }
  chain c { ${type} ${rule} ; }
}
`,
  );
  const rules = rulesOf(router.listing());
  expect(rules).not.toHaveLength(0);
  expectSame(rules);
}
