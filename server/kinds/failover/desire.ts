import type { Address } from '../../core/address.ts';
import { addressPart } from '../../core/address.ts';
import type { Gateway, GatewayMember, Host, Model, Routing } from '../../flow/model.ts';
import type { Scope } from '../../flow/resource.ts';
import { resourceId } from '../../flow/resource.ts';
import { CONTROL_NAME } from '../../flow/service.ts';
import type { Speaker } from '../link-failover.ts';
import { silentDevices, speakersOf, syncLinkOf } from '../link-failover.ts';
import type { GatewayNicOnHost } from '../link-gateways.ts';
import { addressesOn, gatewayNicsOn } from '../link-gateways.ts';
import { addressId } from '../link-ids.ts';
import { addressesToward } from '../link-routing.ts';
import { ownAddresses } from '../nft-gateway.ts';
import { conntrackdText } from './conntrackd.ts';
import { CONTROL_SCRIPT } from './control.ts';
import { keepalivedText } from './keepalived.ts';
import { LISTEN_NAME, LISTEN_SCRIPT, WIRE_NAME, wireText } from './listen.ts';
import type { Failover } from './resource.ts';
import { uplinksText } from './uplinks.ts';

export function desireFailover(model: Model, host: Host): readonly Failover[] {
  const byScope = Map.groupBy(
    gatewayNicsOn(model, host).filter(({ scope }) => scope !== ''),
    ({ scope }) => scope,
  );
  return [...byScope].flatMap(([scope, nics]) => memberIn(model, host, scope, nics));
}

export function failoverId(scope: Scope): string {
  return resourceId('failover', '', scope);
}

function memberIn(model: Model, host: Host, scope: Scope, nics: readonly GatewayNicOnHost[]): readonly Failover[] {
  const [first] = nics;
  const speakers = first === undefined ? [] : speakersOf(first.gateway, first.member);
  if (first === undefined || speakers.length === 0) return [];
  const { gateway, member } = first;
  const isExternal = (network: string): boolean => model.networks.get(network)?.external === true;
  const sync = syncLinkOf(gateway, member, isExternal);
  const uplinks = uplinksText(host, nics);
  const keepalived = keepalivedText({
    sync,
    watched: uplinks !== undefined,
    topology: model.topology,
    gateway,
    rank: gateway.members.indexOf(member),
    member: member.name,
    scope,
    speakers,
    others: silentDevices(gateway, member),
    moving: movingRoutes(gateway.routing, scope, nics),
  });
  const files = {
    [CONTROL_NAME]: CONTROL_SCRIPT,
    [LISTEN_NAME]: LISTEN_SCRIPT,
    [WIRE_NAME]: wireText(gateway, member, host, isExternal),
    holds: heldText(speakers),
    'keepalived.conf': keepalived,
    topology: `${model.topology}\n`,
    ...(uplinks === undefined ? {} : { 'uplinks.conf': uplinks }),
    ...(sync === undefined ? {} : { 'conntrackd.conf': conntrackdText(scope, sync, ownAddressesOf(gateway, member)) }),
  };
  const own = nics.flatMap((nic) => [
    nic.link,
    ...addressesOn(nic).map((address) => addressId(scope, nic.own.device, address)),
  ]);
  return [{ kind: 'failover', id: failoverId(scope), scope, files, needs: [...new Set(own)].sort(), running: true }];
}

function ownAddressesOf(gateway: Gateway, member: GatewayMember): readonly Address[] {
  const own = [...gateway.nics.flatMap(ownAddresses), ...member.nics.flatMap((nic) => nic.own.map(addressPart))];
  return [...new Set(own)].sort();
}

function heldText(speakers: readonly Speaker[]): string {
  return speakers
    .flatMap(({ device, addresses }) => addresses.map((address) => `${device} ${address}\n`))
    .sort()
    .join('');
}

/** What the member has no address of its own for; the rest stands whoever is master. */
function movingRoutes({ routes, sources }: Routing, scope: Scope, nics: readonly GatewayNicOnHost[]): Routing {
  const moves = ({ network, via }: { readonly network: string; readonly via: string }): boolean => {
    const nic = nics.find((each) => each.nic.network === network);
    return nic !== undefined && addressesToward(scope, nic.own.device, addressesOn(nic), via).length === 0;
  };
  return { routes: routes.filter(moves), sources: sources.filter(moves) };
}
