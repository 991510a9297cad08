import type { HostView } from '../flow/hostview.ts';
import type { DesiredState } from '../flow/resource.ts';
import type { HostSession } from '../host/connection.ts';
import type { Kind } from '../kinds/kind.ts';
import { observeHost } from '../observe/host.ts';

/** Reads of a host what a desired state is compared with: its namespaces, and the settings that the kinds look at. */
export function observeFor(session: HostSession, state: DesiredState, kinds: readonly Kind[]): Promise<HostView> {
  const scopes = new Set([...state.resources.values()].map((each) => each.scope));
  return observeHost(session, {
    topology: state.topology,
    namespaces: [...scopes].filter((scope) => scope !== '').sort(),
    sysctls: [...new Set(kinds.flatMap((kind) => kind.sysctls ?? []))].sort(),
  });
}
