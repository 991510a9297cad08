/** Settings of interfaces and namespaces that are ours and have none wanted any more: they go with them. */
import type { HostView, ScopeView } from '../../flow/hostview.ts';
import type { ResourceId, Scope } from '../../flow/resource.ts';
import { resourceId } from '../../flow/resource.ts';
import type { Claim } from '../kind.ts';
import { namespaceField } from '../link-fields.ts';
import { isAdopted } from '../link-adoption.ts';
import { markOf, ownerOf } from '../link-marks.ts';
import { isForwarding } from './commands.ts';
import { MANAGED_SYSCTLS } from './managed.ts';
import type { Sysctl } from './resource.ts';
import { gatewayStack } from './settings.ts';

const ANY_DEVICE = /[*+]/;

export function outgoingSettings(view: HostView, claim: Claim<Sysctl>): readonly Sysctl[] {
  const staying = new Set([...claim.wanted.values()].map(({ scope, path }) => `${scope} ${deviceOf(path) ?? ''}`));
  const stays = (scope: Scope, device: string): boolean => staying.has(`${scope} ${device}`);
  return [...view.scopes.values()].flatMap((inside) => {
    const { scope } = inside;
    if (scope !== '' && !namespaceField.safeParse(scope).success) return [];
    const links = [...inside.links.values()].flatMap((link) => {
      const owner = ownerOf(link, claim.topology);
      const free = scope === '' && link.alias?.endsWith('+peer') === true;
      return owner === undefined || free || isAdopted(view, owner) || stays(scope, link.name)
        ? []
        : ofInterface(inside, link.name, owner);
    });
    return isOurNamespace(view, scope, claim.topology) && !stays(scope, '') ? [...ofStack(inside), ...links] : links;
  });
}

function isOurNamespace(view: HostView, scope: Scope, topology: string): boolean {
  const namespace = view.namespaces.find(({ name }) => name === scope);
  return namespace !== undefined && markOf(namespace.alias, topology)?.resource.startsWith('netns:') === true;
}

/** `null` for a setting of the whole stack. */
function deviceOf(path: string): string | null {
  const device = /\/conf\/([^/]+)\//.exec(path)?.[1];
  return device === undefined || device === 'all' ? null : device;
}

/**
 * A new interface starts with the stack's defaults: only what differs from them would be lost. (Forwarding on a host is looked at
 * in any case: it ends before the interface goes.)
 */
function ofInterface({ scope, sysctls }: ScopeView, device: string, link: ResourceId): readonly Sysctl[] {
  return MANAGED_SYSCTLS.filter((each) => ANY_DEVICE.test(each)).flatMap((pattern) => {
    const path = pattern.replace(ANY_DEVICE, device);
    const value = sysctls.get(path);
    const usual = sysctls.get(pattern.replace(ANY_DEVICE, 'default'));
    const forwards = scope === '' && value !== '0' && isForwarding({ path });
    return value === undefined || (value === usual && !forwards) ? [] : [setting(scope, path, value, link)];
  });
}

/** Just those that are ever set: writing others under `all`, even as they are, would write them to every interface. */
function ofStack({ scope, sysctls }: ScopeView): readonly Sysctl[] {
  return gatewayStack(true).flatMap(([path]) => {
    const value = sysctls.get(path);
    return value === undefined ? [] : [setting(scope, path, value, null)];
  });
}

function setting(scope: Scope, path: string, value: string, link: ResourceId | null): Sysctl {
  return { kind: 'sysctl', id: resourceId('sysctl', scope, path), scope, path, value, link, borrowed: false };
}
