import { Failure } from '../core/failure.ts';
import type { HostView } from '../flow/hostview.ts';
import type { DesiredState } from '../flow/resource.ts';
import type { HostSession } from '../host/connection.ts';
import type { Kind } from '../kinds/kind.ts';
import { readHost } from '../observe/host.ts';
import type { ObserveRequest } from '../observe/host.ts';
import { planHost } from '../plan/host.ts';

/**
 * Reads of a host what a desired state is compared with: its namespaces, and the settings that the kinds look at. Never answers
 * with a mixture of what was before and after something was changed meanwhile.
 *
 * On a host where things that do not concern us change all the time (a routing daemon, containers that come and go) hardly
 * any reading is calm. Two readings one after the other are as good where they agree on all that concerns us: what each
 * read was so from its first reading to its second, and thus all of it between the two.
 */
export async function observeFor(session: HostSession, state: DesiredState, kinds: readonly Kind[]): Promise<HostView> {
  let last: { readonly view: HostView; readonly text: string } | undefined;
  let failure: Failure | undefined;
  for (let reading = 1; reading <= MOST_READINGS; reading += 1) {
    if (reading > 2) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * reading));
    const read = await readHost(session, { ...requestFor(state, kinds), watched: true });
    if (read instanceof Failure) {
      failure = read;
      continue;
    }
    if (read.calm && read.whole) return read.view;
    if (!read.whole) continue;
    const { fingerprint, steps, obstacles } = planHost(state, read.view, kinds);
    const text = JSON.stringify([fingerprint, steps, obstacles]);
    if (text === last?.text) return read.view;
    last = { view: read.view, text };
  }
  throw (
    failure ??
    new Failure('observation', `${session.host} is changed all the time while it is read`, {
      detail: `${String(MOST_READINGS)} readings, one after the other, each told of something else that concerns the topology.`,
      toDo: ['See who changes its links, addresses, routes or tables (ip monitor, nft monitor), then try again.'],
    })
  );
}

const MOST_READINGS = 8;
const PAUSE_MS = 100;

/**
 * The same without a look at what is changed meanwhile, of a host that was read for a plan before: enough for seeing that all is
 * as it should be.
 */
export async function observeOnce(
  session: HostSession,
  state: DesiredState,
  kinds: readonly Kind[],
): Promise<HostView> {
  const read = await readHost(session, { ...requestFor(state, kinds), toolsKnown: true });
  return read instanceof Failure || !read.whole ? observeFor(session, state, kinds) : read.view;
}

/** The same with further settings, for whoever follows packets: it says how the host is now, and nothing is changed by it. */
export async function observeAlso(
  session: HostSession,
  state: DesiredState,
  kinds: readonly Kind[],
  sysctls: readonly string[],
): Promise<HostView> {
  for (let reading = 1; ; reading += 1) {
    const read = await readHost(session, requestFor(state, kinds, sysctls));
    if (!(read instanceof Failure) && read.whole) return read.view;
    if (reading < MOST_READINGS) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * reading));
    else if (read instanceof Failure) throw read;
    else throw new Failure('observation', `${session.host} is changed all the time while it is read`);
  }
}

function requestFor(state: DesiredState, kinds: readonly Kind[], further: readonly string[] = []): ObserveRequest {
  const scopes = new Set([...state.resources.values()].map((each) => each.scope));
  return {
    topology: state.topology,
    namespaces: [...scopes].filter((scope) => scope !== '').sort(),
    sysctls: sysctlsOf(kinds, further),
  };
}

/** The settings that the kinds look at, and these. */
export function sysctlsOf(kinds: readonly Kind[], further: readonly string[] = []): readonly string[] {
  return [...new Set([...kinds.flatMap((kind) => kind.sysctls ?? []), ...further])].sort();
}
