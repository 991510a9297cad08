import { expect, test } from 'vitest';
import { refuseOtherHosts } from '../../server/cli/saved-hosts.ts';
import type { ShownPlan } from '../../server/flow/plan.ts';

function savedFor(access: ShownPlan['access']): ShownPlan {
  const summary = { add: 0, change: 0, remove: 0, replace: 0, hosts: 0 };
  return { formatVersion: 1, topology: 'shop', hosts: [], summary, ...(access === undefined ? {} : { access }) };
}

const refusal = (access: ShownPlan['access'], lab: boolean): unknown => {
  try {
    refuseOtherHosts(savedFor(access), { lab });
  } catch (error) {
    return error;
  }
  return null;
};

test('a saved plan changes the hosts that it was made from', () => {
  expect(refusal({ left: 'local' }, false)).toBeNull();
  expect(refusal({ left: 'lab', right: 'lab' }, true)).toBeNull();
  expect(refusal(undefined, false)).toBeNull();
});

test('a plan made in the lab is not for this machine, one of this machine not for the lab', () => {
  expect(refusal({ left: 'lab' }, false)).toMatchObject({
    kind: 'usage',
    toDo: [expect.stringContaining('Say --lab')],
  });
  expect(refusal({ left: 'local' }, true)).toMatchObject({ kind: 'usage' });
});

test('a plan of hosts over ssh is for neither', () => {
  for (const lab of [false, true])
    expect(refusal({ left: 'local', right: 'ssh://root@gw-x' }, lab)).toMatchObject({ kind: 'unsupported' });
});
