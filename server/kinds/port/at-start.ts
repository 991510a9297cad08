import type { AtStart } from '../kind.ts';
import type { Port } from './resource.ts';

/** Nobody has put it anywhere yet; a port of a bond gets the bond's MTU with that. */
export function portAtStart(former: Port, wanted: Port | undefined): AtStart<Port> {
  const { device } = former;
  const mtu = wanted === undefined || wanted.bond !== null ? 0 : wanted.mtu;
  return {
    former: {
      ...former,
      bridge: null,
      bond: null,
      vlans: former.vlans === null ? null : [],
      foreign: false,
      isolated: false,
    },
    reads: { mtu: { device, is: 'mtu' }, up: { device, is: 'up' } },
    nic: { device, mtu },
  };
}
