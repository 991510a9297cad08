/** What holds for every kind there is, and will hold for the next one: all of it loops over the list. */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../server/core/json.ts';
import type { Command } from '../../server/flow/command.ts';
import { routingTables, rulePriorities } from '../../server/flow/mark.ts';
import type { LinkView } from '../../server/flow/hostview.ts';
import type { Resource } from '../../server/flow/resource.ts';
import { KINDS } from '../../server/kinds/index.ts';
import type { Kind } from '../../server/kinds/kind.ts';
import { planHost } from '../../server/plan/host.ts';
import { everything } from './support/model.ts';
import { CONTEXT } from './support/text.ts';
import { addressOn, link, scope, view } from './support/view.ts';

const MODELS = [everything(true), everything(false)];
const desiredBy = (kind: Kind): readonly Resource[] => MODELS.flatMap(({ model, host }) => kind.desire(model, host));
const ALL = new Map(
  MODELS.flatMap(({ model, host }) => KINDS.flatMap((kind) => kind.desire(model, host))).map((each) => [each.id, each]),
);

test('every folder is a kind, and every kind a folder', () => {
  const folders = readdirSync(new URL('../../server/kinds', import.meta.url), { withFileTypes: true });
  const names = folders.filter((each) => each.isDirectory()).map((each) => each.name);
  expect(KINDS.map(({ name }) => name).sort()).toEqual(names.sort());
});

describe.each(KINDS.map((kind) => [kind.name, kind] as const))('%s', (name, kind) => {
  const desired = desiredBy(kind);

  test('wants what its schema accepts, under its own name', () => {
    for (const each of desired) {
      expect(each.kind).toBe(name);
      expect(kind.schema.safeParse(each).error?.issues ?? []).toEqual([]);
      expect(each.id).toMatch(new RegExp(`^${name}:[A-Za-z0-9:./@_-]+$`));
      expect(each.scope).toMatch(/^[a-z0-9-]*$/);
    }
  });

  test('gives each thing an id of its own, and the same for the same model', () => {
    for (const { model, host } of MODELS) {
      const ids = kind.desire(model, host).map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(canonicalJson(kind.desire(model, host))).toBe(canonicalJson(kind.desire(model, host)));
    }
  });

  test('describes everything in one line', () => {
    for (const each of desired) expect(kind.describe(each)).toMatch(/^[^\n]+$/);
  });

  test('refers to what is there', () => {
    for (const each of desired) {
      for (const { to } of kind.refers(each)) {
        // The record is the planner's; everything else is wanted by some kind.
        if (!to.startsWith('record:')) expect(ALL.has(to), `${each.id} refers to ${to}`).toBe(true);
      }
    }
  });

  test('shares a slot with nobody', () => {
    for (const { model, host } of MODELS) {
      const slots = kind.desire(model, host).flatMap((each) => kind.slots?.(each) ?? []);
      expect(new Set(slots).size).toBe(slots.length);
    }
  });

  test('makes, changes nothing where nothing differs, and ends its stages where it should', () => {
    for (const each of desired) {
      expect(kind.compare?.(each, each) ?? []).toEqual([]);
      expect(kind.replaces?.(each, each) ?? false).toBe(false);
      expect(kind.stages?.(undefined, each).at(-1)?.state ?? each).toEqual(each);
      expect(kind.stages?.(each, undefined).at(-1)?.state).toBeUndefined();
    }
  });

  test('renders nothing but safe words', () => {
    for (const each of desired) {
      for (const command of [...kind.commands(undefined, each, CONTEXT), ...kind.commands(each, undefined, CONTEXT)]) {
        for (const word of words(command)) expect(word).toMatch(/^[A-Za-z0-9:./@_+=,%-]+$/);
      }
    }
  });

  test('takes hostile names on a host for foreign, and never says them', () => {
    for (const { model, host } of MODELS) {
      const wanted = new Map(kind.desire(model, host).map((each) => [each.id, each]));
      const found = kind.observe(hostile(), { topology: 'shop', wanted });
      expect(found).toEqual([]);
      for (const each of wanted.values()) {
        expect(kind.obstacle?.(each, hostile(), { topology: 'shop', wanted }) ?? '').not.toMatch(HOSTILE);
      }
    }
  });
});

function words(command: Command): readonly string[] {
  switch (command.tool) {
    case 'ip':
    case 'bridge':
      return command.args;
    case 'sysctl':
      return [command.path, command.value];
    case 'file':
      return [command.path];
    case 'service':
      return [command.scope];
    case 'nft':
      return [];
  }
}

const HOSTILE = /[;$()<>"'`*\\#{}\u001b\u202e]|-x/;

/** Names the kernel takes, marks that look like ours on things that are not, on links of every type. */
function hostile() {
  const names = [
    'a;b',
    '$(id)',
    '<b>x',
    'a"b',
    "a'b",
    '-x',
    '*',
    'a{b',
    'x\u001b[2J',
    'a#b',
    'a\\b',
    '\u202eabc',
    'ends`',
  ];
  const types = ['bridge', 'veth', 'vlan', 'vxlan', null];
  let index = 1;
  const links = names.flatMap((name) =>
    types.map((type): LinkView => {
      index += 1;
      return link(index, name, {
        type,
        group: 21_580,
        alias: `trunkline:1:shop:${type ?? 'port'}:${name}`,
        addresses: [addressOn('203.0.113.1/24')],
        data: { id: name, link: name, local: name },
        fdb: [{ mac: name, destination: name, flags: [name] }],
      });
    }),
  );
  // A safe name with an id in its mark that is none.
  const marked = names.map((name, at) =>
    link(1000 + at, `safe${String(at)}`, { type: 'bridge', alias: `trunkline:1:shop:bridge:${name}` }),
  );
  const route = {
    family: 4,
    table: 'main',
    type: 'unicast',
    to: 'x;y',
    via: '$(id)',
    device: 'a;b',
    metric: null,
    protocol: '201',
    other: [],
  } as const;
  const rule = {
    family: 4,
    priority: rulePriorities('shop').bySource,
    from: '$(id)',
    mark: null,
    table: String(routingTables('shop').first),
    suppressed: null,
    protocol: '201',
    other: [],
  } as const;
  return view([...links, ...marked], {
    host: { routes: [route], rules: [rule] },
    inside: [scope('-x', links, { routes: [route], rules: [rule] }), scope('a;b', links)],
    namespaces: names.map((name) => ({ name, alias: `trunkline:1:shop:netns:${name}` })),
  });
}

test('a plan for a host full of hostile names says none of them', () => {
  const { model, host } = everything(true);
  const wanted = KINDS.flatMap((kind) => kind.desire(model, host));
  const resources = new Map(wanted.map((each) => [each.id, each]));
  const plan = planHost({ topology: 'shop', host: 'gw-x', resources }, hostile(), KINDS);
  for (const { commands, undo } of plan.steps) {
    for (const command of [...commands, ...undo]) expect(words(command).join(' ')).not.toMatch(/[;$()<>"'`*\\#{}]/);
  }
});
