import { expect, test } from 'vitest';
import { parseAccess } from '../../../server/topology/grammar/access.ts';
import { expectRefusal, valueOf } from './table.ts';

const ssh = (user: string, host: string, port = 22) => ({ type: 'ssh', user, host, port });

test.each([
  ['local', { type: 'local' }],
  ['ssh://root@gw-x.example.net', ssh('root', 'gw-x.example.net')],
  ['ssh://admin@192.0.2.7:2222', ssh('admin', '192.0.2.7', 2222)],
  ['ssh://root@[2001:DB8::7]:2222', ssh('root', '2001:db8::7', 2222)],
  ['ssh://root@[2001:db8::7]', ssh('root', '2001:db8::7')],
  ['ssh://_svc-1@GW', ssh('_svc-1', 'gw')],
])('%s', (text, access) => {
  expect(valueOf(parseAccess(text))).toEqual(access);
});

test.each([
  '»locla',
  '»http://x',
  '»SSH://root@x',
  'ssh://»gw-x',
  'ssh://»-oProxyCommand=x@gw-x',
  'ssh://»@gw-x',
  'ssh://root»:secret@gw-x',
  'ssh://root@»',
  'ssh://root@»-oProxyCommand=x',
  'ssh://root@»gw_-x$(id)',
  'ssh://root@gw-x»/tmp',
  'ssh://root@gw-x:»0',
  'ssh://root@gw-x:»22a',
  'ssh://root@»10.1.1.300',
  'ssh://root@»[10.1.1.1]',
  'ssh://root@»[2001:db8::7',
])('%s is refused there', (marked) => {
  expectRefusal(parseAccess, marked, 'invalid-access');
});
