import { addressPart } from '../../core/address.ts';
import type { Kind } from '../kind.ts';
import { IN_RECORD, inNamespace, ipv6SwitchId, isBorrowed, onLink } from '../link-ids.ts';
import { addressCommands } from './commands.ts';
import { desireAddresses } from './desire.ts';
import { addressInTheWay, formerAddress, observeAddresses } from './observe.ts';
import { Address } from './resource.ts';

/** Addresses of hosts and gateways. */
export const address: Kind<Address> = {
  name: 'address',
  schema: Address,
  desire: desireAddresses,
  observe: observeAddresses,
  obstacle: addressInTheWay,
  former: formerAddress,
  refers: ({ scope, link, device, address: text, borrowed }) => [
    ...(borrowed ? [IN_RECORD] : []),
    ...inNamespace(scope),
    onLink(link),
    // The kernel refuses an IPv6 address where IPv6 is off, and drops what is there when it is switched off. (On a borrowed
    // port the switch is not ours to touch.)
    ...(text.includes(':') && !isBorrowed(link) && !borrowed
      ? [{ to: ipv6SwitchId(scope, device), diesWith: false, settled: true }]
      : []),
  ],
  // One that changes its interface or length leaves the old one before: a stack has each only once.
  slots: ({ scope, address: text }) => [`address:${scope}/${addressPart(text)}`],
  // A port that is down drops its IPv6 addresses: on a borrowed one they come after it was raised, and go before it is given
  // back. (What is ours keeps them, by `keep_addr_on_down`.)
  stages(before, after) {
    const borrowed = isBorrowed((after ?? before)?.link ?? '');
    if (after?.present === false) return [{ effect: 'removes', state: after }];
    if (after !== undefined) return [{ effect: borrowed ? 'opens' : 'builds', state: after }];
    return [{ effect: borrowed ? 'closes' : 'removes', state: undefined }];
  },
  commands: addressCommands,
  cost: (before, after) => (before !== undefined && after === undefined ? 'reconnect' : 'hitless'),
  touches(before, after) {
    const state = after ?? before;
    if (state?.scope !== '') return [];
    const { device, address: text } = state;
    const present = after?.present === true;
    return !present && before?.present !== true ? [] : [{ on: 'address', device, address: text, present }];
  },
  standing: ({ scope, device: name, address: text, present, duplicate }) =>
    present && !duplicate ? [{ on: 'address', scope, name, address: text }] : [],
  describe: ({ scope, device, address: text }) => `address ${text} on ${device}${scope === '' ? '' : ` in ${scope}`}`,
};
