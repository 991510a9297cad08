import { expect, test } from 'vitest';
import { renderTable } from '../../../server/core/nft/render.ts';
import { rulePriorities } from '../../../server/flow/mark.ts';
import type { Model } from '../../../server/flow/model.ts';
import { firewall } from '../../../server/kinds/firewall/index.ts';
import { nat } from '../../../server/kinds/nat/index.ts';
import { route } from '../../../server/kinds/route/index.ts';
import { rule } from '../../../server/kinds/rule/index.ts';
import { hostOf, labModel } from '../../support/lab-model.ts';

function textOf(model: Model, kind: typeof firewall): string {
  const [table] = kind.desire(model, hostOf(model, 'edge'));
  return table === undefined ? '' : renderTable(table.table, table);
}

const model = labModel('intercepted');

test('what is taken is tracked apart, handed to a proxy by its mark, and judged as the client’s', async () => {
  await expect(textOf(model, firewall)).toMatchFileSnapshot('intercepted.nft');
});

test('what is handed over is not translated, what the proxy opens is', () => {
  const handed = 'meta mark 128-129 counter accept comment "handed"';
  const [, before = '', behind = ''] = textOf(model, nat).split(/chain nat-(?:prerouting|postrouting) {/);
  const rules = (text: string): readonly string[] => text.split('\n').map((line) => line.trim());
  expect(rules(before)[2]).toBe(handed);
  expect(rules(before)[3]).toContain('dnat ip to');
  expect(rules(behind)[2]).toBe(handed);
  expect(rules(behind).slice(3).join()).toContain('@masquerade-4');
});

test('each proxy has a table, and packets with its mark go by that whatever they are for', () => {
  const host = hostOf(model, 'edge');
  const { byMark } = rulePriorities(model.topology);
  const words = rule
    .desire(model, host)
    .flatMap((each) => rule.commands(undefined, each, { topology: 'intercepted', doomedGroup: 0 }));
  const texts = words.map((command) => ('args' in command ? command.args.join(' ') : ''));
  expect(texts.map((text) => text.replaceAll(/\d{9,}/g, 'TABLE'))).toEqual(
    [128, 129, 128, 129].map(
      (mark) => `rule add pref ${String(byMark + 1)} fwmark ${String(mark)} lookup TABLE protocol 201`,
    ),
  );
  const routes = route.desire(model, host).filter(({ table }) => table !== 254);
  expect(routes.map(({ to, via, device }) => `${to} via ${via} dev ${device}`)).toEqual([
    '0.0.0.0/0 via 10.70.1.10 dev farm',
    '0.0.0.0/0 via 10.70.1.11 dev farm',
    '::/0 via 2001:db8:0:71::10 dev farm',
    '::/0 via 2001:db8:0:71::11 dev farm',
  ]);
});

test('a proxy that nobody knows the MAC of is known by its interface, as long as it is the only one', () => {
  const only = labModel('intercepted', (text) =>
    text.replace('to: [proxy1:3129, proxy2:3129]', 'to: "10.70.1.50:3129"'),
  );
  const text = textOf(only, firewall);
  expect(text).toContain(
    'iifname "farm" ip saddr 10.70.0.0/24 tcp dport { 80, 8000-8010 } counter accept comment "relayed"',
  );
  expect(text).toContain('ct state new counter ct mark set 128 comment "taken"');
  expect(only.missing).toEqual([]);
  const several = labModel('intercepted', (text) => text.replace('to: [proxy1:3129,', 'to: ["10.70.1.50:3129",'));
  expect(several.missing.map(({ kind }) => kind)).toEqual(['intercept']);
});

test('a proxy on the network that it serves is told to be missing', () => {
  const beside = labModel('intercepted', (text) =>
    text.replace(/nics: { farm: \[10.70.1.10, .*?\] }/, 'nics: { clients: 10.70.0.50 }'),
  );
  expect(beside.missing.map(({ what }) => what)).toEqual([expect.stringContaining('lies on clients, which it serves')]);
});
