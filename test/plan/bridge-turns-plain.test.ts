import { expect, test } from 'vitest';
import type { Model } from '../../server/flow/model.ts';
import type { Step } from '../../server/flow/plan.ts';
import { KINDS } from '../../server/kinds/index.ts';
import { desiredState } from '../../server/model/desired.ts';
import { planHost } from '../../server/plan/host.ts';
import { emptyView } from '../support/toy-kind.ts';
import { modelOf } from '../support/topologies.ts';

function site(networks: string, guests: string): Model {
  return modelOf(`
topology: turn
networks: { ${networks} }
hosts: { here: { access: local, bridges: { br0: {} } } }
guests: { ${guests} }
`);
}

/** The plan from one model to another, on a host that is just as the first one says. */
function steps(from: Model, to: Model): readonly Step[] {
  const before = desiredState(from, 'here', KINDS).resources;
  const kinds = KINDS.map((kind) => ({
    ...kind,
    observe: () => [...before.values()].filter((resource) => resource.kind === kind.name),
  }));
  return planHost(desiredState(to, 'here', KINDS), emptyView('here'), kinds).steps;
}

test('ports of other networks are off a bridge before it stops to keep networks apart', () => {
  const two = site(
    'a: { subnet: 10.0.0.0/24 }, b: { vlan: 7, subnet: 10.0.1.0/24 }',
    'x: { on: here, nics: { a: 10.0.0.10 } }, y: { on: here, nics: { b: 10.0.1.10 } }',
  );
  const one = site('a: { subnet: 10.0.0.0/24 }', 'x: { on: here, nics: { a: 10.0.0.10 } }');
  const list = steps(two, one);
  const text = list.map((step) => step.commands.map((each) => ('args' in each ? each.args.join(' ') : '')).join('; '));
  const gone = list.findIndex((step) => step.kind === 'veth' && step.action === 'remove');
  const plain = text.findIndex((each) => each.includes('vlan_filtering 0'));
  expect(gone).toBeGreaterThanOrEqual(0);
  expect(plain).toBeGreaterThan(gone);
  // And it is not up before all is in place.
  expect(text.findLastIndex((each) => /dev br0 up/.test(each))).toBeGreaterThan(plain);
});
