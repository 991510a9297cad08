import { address } from './address/index.ts';
import { balance } from './balance/index.ts';
import { bond } from './bond/index.ts';
import { bridge } from './bridge/index.ts';
import { dhcp } from './dhcp/index.ts';
import { failover } from './failover/index.ts';
import { firewall } from './firewall/index.ts';
import { isolation } from './isolation/index.ts';
import type { Kind } from './kind.ts';
import { membership } from './membership/index.ts';
import { nat } from './nat/index.ts';
import { netns } from './netns/index.ts';
import { port } from './port/index.ts';
import { record } from './record/index.ts';
import { route } from './route/index.ts';
import { rule } from './rule/index.ts';
import { sysctl } from './sysctl/index.ts';
import { veth } from './veth/index.ts';
import { vlan } from './vlan/index.ts';
import { vxlan } from './vxlan/index.ts';

/** Every kind of resource there is, in the order they are read about. A new kind is its folder and one line here. */
export const KINDS: readonly Kind[] = [
  record,
  netns,
  bridge,
  bond,
  port,
  membership,
  veth,
  vlan,
  vxlan,
  sysctl,
  address,
  route,
  rule,
  firewall,
  nat,
  isolation,
  failover,
  dhcp,
  balance,
];
