/** The World of a topology: as its file wants it, or with its hosts as they were read. */
import { Failure } from '../core/failure.ts';
import { visibleText } from '../core/visible-text.ts';
import type { Model } from '../flow/model.ts';
import type { ProbePlan } from '../flow/probe.ts';
import type { Scope } from '../flow/resource.ts';
import type { World } from '../flow/world.ts';
import type { HostSession } from '../host/connection.ts';
import { KINDS } from '../kinds/index.ts';
import { desiredState } from '../model/desired.ts';
import { probePlan } from '../model/probes.ts';
import { standings } from '../model/standing.ts';
import type { FoundHost } from '../reach/world/found.ts';
import { stacksAsFound } from '../reach/world/found.ts';
import { stacksAsWanted } from '../reach/world/wanted.ts';
import { WORLD_SETTINGS } from '../reach/walk/settings.ts';
import { worldOf } from '../reach/world/world.ts';
import type { ConnectionOf } from './apply.ts';
import { observeAlso } from './observe.ts';

export interface WorldOptions {
  /** Who is put beside the topology; by default what its expectations need. */
  readonly plan?: Pick<ProbePlan, 'internet' | 'temporary'>;
  /** Hosts that are down. */
  readonly without?: readonly string[];
}

export function wantedWorld(model: Model, { plan = probePlan(model), without = [] }: WorldOptions = {}): World {
  const hosts = [...model.hosts.keys()].map((host) =>
    stacksAsWanted(host, standings(desiredState(model, host, KINDS), KINDS)),
  );
  return worldOf({ hosts, around: { model, plan }, without });
}

export function foundWorld(
  model: Model,
  hosts: readonly FoundHost[],
  { plan = probePlan(model), without = [] }: WorldOptions = {},
): World {
  return worldOf({ hosts: hosts.map(stacksAsFound), around: { model, plan }, without });
}

/** Looks at all hosts of the model, and changes nothing. */
export async function readHosts(model: Model, connectionOf: ConnectionOf): Promise<readonly FoundHost[]> {
  return Promise.all(
    [...model.hosts.values()].map(async (host) => {
      const session = await connectionOf(host).open({ lock: false });
      try {
        const view = await observeAlso(session, desiredState(model, host.name, KINDS), KINDS, WORLD_SETTINGS);
        return { host: view.host, scopes: view.scopes, unread: await unreadOn(session, [...view.scopes.keys()]) };
      } finally {
        await session.close();
      }
    }),
  );
}

/** Tables of the kernel's older sort: `nft` does not list them, and packets pass them all the same. */
const OLDER_TABLES = `for scope in . "$@"; do
  case $scope in .) in= ;; *) in="ip netns exec $scope" ;; esac
  for list in ip_tables_names ip6_tables_names arp_tables_names; do
    for name in $($in cat /proc/net/$list 2>/dev/null); do printf '%s %s %s\\n' "$scope" "$list" "$name"; done
  done
done
`;

async function unreadOn(
  session: HostSession,
  scopes: readonly Scope[],
): Promise<ReadonlyMap<Scope, readonly string[]>> {
  const namespaces = scopes.filter((scope) => scope !== '');
  const [result] = await session.run([{ argv: ['sh', '-s', ...namespaces], stdin: OLDER_TABLES }]);
  if (result?.exitCode !== 0)
    throw new Failure('observation', `${session.host} could not be asked for its older tables`, {
      detail: visibleText(result?.stderr.toString('utf8').trim() ?? 'no answer'),
    });
  const lines = result.stdout
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(' '));
  return new Map(
    [...Map.groupBy(lines, ([scope = '']) => (scope === '.' ? '' : scope))].map(([scope, list]) => [
      scope,
      list.map(([, from = '', name = '']) =>
        visibleText(`a table ${name} of ${from.replace('_tables_names', 'tables')}`),
      ),
    ]),
  );
}
