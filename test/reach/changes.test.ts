/** What a change of a file opens and closes, as `plan` says it. */
import { describe, expect, it } from 'vitest';
import { trafficLines } from '../../server/run/reports/traffic.ts';
import type { Reachability } from '../../server/flow/reachability.ts';
import type { NetworkStack } from '../../server/flow/world.ts';
import { KINDS } from '../../server/kinds/index.ts';
import { desiredState } from '../../server/model/desired.ts';
import { standings } from '../../server/model/standing.ts';
import { changesOf } from '../../server/reach/changes/changes.ts';
import { namesOf } from '../../server/reach/changes/names.ts';
import { stacksAsWanted } from '../../server/reach/world/wanted.ts';
import { modelOf } from '../model/support/compile-text.ts';

const HEAD = `topology: shop
networks:
  wan: { vlan: 10, subnet: [192.0.2.0/24, "2001:db8:2::/64"], router: [192.0.2.1, "2001:db8:2::1"], external: true }
  web: { vlan: 20, subnet: [10.0.20.0/24, "2001:db8:20::/64"] }
  db:  { vlan: 30, subnet: 10.0.30.0/24 }
hosts:
  one: { access: local, bridges: { br0: { ports: [eno1] } } }
guests:
  web1: { on: one, nics: { web: [10.0.20.10, "2001:db8:20::10"] }, listens: [443/tcp] }
  web2: { on: one, nics: { web: 10.0.20.11 }, listens: [443/tcp] }
  db1:  { on: one, nics: { db: 10.0.30.10 }, listens: [5432/tcp] }
gateways:
  gw:
    on: [one]
    runs: netns
    nics:
      wan: { address: [192.0.2.10, "2001:db8:2::10"] }
      web: { address: [10.0.20.1, "2001:db8:20::1"] }
      db: { address: 10.0.30.1 }
    nat:
      masquerade: [web -> wan]
`;

function stacks(text: string): ReadonlyMap<string, NetworkStack> {
  const model = modelOf(text);
  const all = [...model.hosts.keys()].flatMap(
    (host) => stacksAsWanted(host, standings(desiredState(model, host, KINDS), KINDS)).stacks,
  );
  return new Map(all.map((each) => [each.id, each]));
}

function change(before: string, after: string, meanwhile?: string): Reachability {
  const [was, is] = [stacks(HEAD + before), stacks(HEAD + after)];
  const between = meanwhile === undefined ? new Map<string, NetworkStack>() : stacks(HEAD + meanwhile);
  const list = [...new Set([...was.keys(), ...is.keys()])].map((id) => ({
    before: was.get(id) ?? null,
    after: is.get(id) ?? null,
    meanwhile: [between.get(id)].flatMap((each) => each ?? []),
  }));
  return changesOf(list, namesOf(modelOf(HEAD + after)));
}

const WEB = '      publish: [443/tcp -> web1]\npolicy:\n  - { allow: 443/tcp, from: web, to: internet }\n';
const said = (before: string, after: string): string => trafficLines(change(before, after), true).join('\n');

describe('a change of the file', () => {
  it('opens a port to a guest, and names the line', () => {
    expect(said(WEB, `${WEB}  - { allow: 5432/tcp, from: web1, to: db1 }\n`)).toBe(
      [
        'Traffic:',
        '  opens 5432/tcp from web1 to db1 via gw (policy line 25); for one, 10.0.20.10 to 10.0.30.10 port 5432',
      ].join('\n'),
    );
  });
  it('closes what a line is taken away from', () => {
    const { opened, closed } = change(`${WEB}  - { allow: 22/tcp, from: web, to: db }\n`, WEB);
    expect(opened).toEqual([]);
    expect(closed).toMatchObject([{ services: ['22/tcp'], from: 'web', to: ['db', 'gw'], via: 'gw', sure: true }]);
  });
  it('tells a published port by its target, from everywhere that can use it', () => {
    const { opened, closed } = change(WEB, WEB.replace('[443/tcp -> web1]', '[443/tcp -> web1, 8080/tcp -> web2:443]'));
    expect(closed).toEqual([]);
    expect(opened.map(({ services, from, to }) => [services, from, to])).toEqual(
      ['db', 'internet', 'web'].map((from) => [['8080/tcp'], from, ['web2 port 443']]),
    );
    expect(opened.map(({ rule }) => rule?.entry)).toEqual(opened.map(() => 'publish line 22'));
  });
  it('that sends a published port elsewhere closes one way and opens another', () => {
    const { opened, closed } = change(WEB, WEB.replace('-> web1', '-> web2'));
    expect(new Set(opened.flatMap(({ to }) => to))).toEqual(new Set(['web2']));
    expect(new Set(closed.flatMap(({ to }) => to))).toEqual(new Set(['web1']));
  });
  it('opens one family alone', () => {
    const { opened } = change(WEB, `${WEB}  - { allow: 80/tcp, from: internet, to: "2001:db8:20::10" }\n`);
    expect(opened).toMatchObject([{ services: ['80/tcp'], from: 'internet', to: ['web1'] }]);
    expect(opened[0]?.witness.destination).toBe('2001:db8:20::10');
  });
  it('is told of for what it opens on its way alone', () => {
    const open = `${WEB}  - { allow: [22/tcp, 25/tcp], from: web, to: db }\n`;
    const after = `${WEB}  - { allow: 25/tcp, from: web, to: db }\n`;
    const { opened, transient } = change(WEB, after, open);
    expect(opened.map(({ services }) => services)).toEqual([['25/tcp']]);
    expect(transient).toMatchObject([{ services: ['22/tcp'], from: 'web', via: 'gw' }]);
  });
  it('that only says the same in other words opens and closes nothing', () => {
    const split = WEB.replace('allow: 443/tcp, from: web', 'allow: 443/tcp, from: [web1, web2, web]');
    expect(said(WEB, split)).toBe('Traffic: nothing is opened or closed.');
  });
});
