import { expect, test } from 'vitest';
import { accessOfSaved, connectionsByAccess } from '../../server/operator/access.ts';
import type { ShownPlan } from '../../server/flow/plan.ts';

function savedFor(access: ShownPlan['access'], hosts: readonly string[] = Object.keys(access ?? {})): ShownPlan {
  const summary = { add: 0, change: 0, remove: 0, replace: 0, hosts: 0 };
  const each = { desired: [], fingerprint: '', steps: [], obstacles: [], cuts: [], unchanged: 0 };
  const plan = { formatVersion: 1, topology: 'shop', hosts: hosts.map((host) => ({ ...each, host })), summary };
  return { ...plan, ...(access === undefined ? {} : { access }) };
}

const refusal = (plan: ShownPlan, lab: boolean): unknown => {
  try {
    return accessOfSaved(plan, { lab });
  } catch (error) {
    return error;
  }
};

test('a saved plan changes the hosts that it was made from', () => {
  expect(refusal(savedFor({ left: 'local' }), false)).toEqual({ left: 'local' });
  expect(refusal(savedFor({ left: 'lab', right: 'lab' }), true)).toEqual({ left: 'lab', right: 'lab' });
  const far = { left: 'local', right: 'ssh://root@gw-x' };
  expect(refusal(savedFor(far), false)).toEqual(far);
});

test('one that does not say is for this machine; one that says it of some only was changed', () => {
  expect(refusal(savedFor(undefined, ['left']), false)).toEqual({ left: 'local' });
  expect(refusal(savedFor({ left: 'local' }, ['left', 'right']), false)).toMatchObject({ kind: 'file-wrong' });
});

test('a plan made in the lab is not for real hosts, one of real hosts not for the lab', () => {
  const toDo = [expect.stringContaining('Say --lab')];
  expect(refusal(savedFor({ left: 'lab' }), false)).toMatchObject({ kind: 'usage', toDo });
  for (const access of ['local', 'ssh://root@gw-x'])
    expect(refusal(savedFor({ left: access }), true)).toMatchObject({ kind: 'usage' });
});

test('a host is reached as it is told, and by no other words', async () => {
  const connectionOf = await connectionsByAccess('shop', { right: 'ssh://admin@gw-x:2222' }, {});
  expect(connectionOf('right')).toMatchObject({ host: 'right', canLosePath: true });
  expect(connectionOf('left').canLosePath).toBeUndefined();
  const words = [
    'ssh://-oProxyCommand=x@gw-x',
    'ssh://gw-x',
    'ssh://root@-x',
    'lab',
    'root@gw-x',
    'ssh://root@a b',
    '',
  ];
  for (const access of words) {
    const other = await connectionsByAccess('shop', { right: access }, {});
    expect(() => other('right'), access).toThrow('no way to reach a host');
  }
});
