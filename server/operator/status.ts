/** A topology and its hosts as they are: drift, foreign things, and which nodes of the graph are up. Changes nothing. */
import type { LiveHost, LiveNode, LiveState, Status } from '../api/schema/status.ts';
import { eachAtMost } from '../core/at-most.ts';
import { Failure, failureDocument } from '../core/failure.ts';
import type { Host, Model } from '../flow/model.ts';
import { NODE_ID } from '../model/graph/ids.ts';
import { desiredStates, runContext } from '../run/apply.ts';
import type { LiveLink } from '../run/live.ts';
import { liveLinks } from '../run/live.ts';
import { statusOf } from '../run/status.ts';
import type { HostStatus } from '../run/status.ts';
import { forgottenBy } from './forgotten.ts';
import { readingConnectionsFor } from './hosts.ts';
import { compileTopology, shownIn } from './make-plan.ts';

const READ_AT_ONCE = 16;

interface HostRead {
  readonly live: LiveHost;
  readonly status: HostStatus | null;
}

export async function topologyStatus(folder: string, name: string, lab: boolean): Promise<Status> {
  const { compiled, model } = await compileTopology(folder, name);
  const context = runContext(model, await readingConnectionsFor(model, { lab }));
  const at = new Date().toISOString();
  const read = await eachAtMost(READ_AT_ONCE, desiredStates(model), async (state): Promise<HostRead> => {
    const links: LiveLink[] = [];
    try {
      const status = await statusOf(state, context, async (session, view) => {
        links.push(...(await liveLinks(session, view)));
      });
      return { live: { host: state.host, links, failure: null }, status };
    } catch (error) {
      // A host that does not answer is what somebody looks for here: the others are told of all the same.
      if (!(error instanceof Failure)) throw error;
      return { live: { host: state.host, links: [], failure: failureDocument(error) }, status: null };
    }
  });
  const hosts = read.flatMap(({ status }) => status ?? []);
  const live = read.map((each) => each.live);
  return {
    ...{ formatVersion: 1, diagnostics: shownIn(folder, compiled.diagnostics), topology: model.topology, at, lab },
    ...{ hosts, live, forgotten: await forgottenBy(model, { lab }) },
    notes: hosts.flatMap(({ notes }) => notes),
    nodes: nodesOf(model, live, hosts),
  };
}

type LinkName = LiveNode['links'][number];

/** Which links each node of the graph lives by, and how those are. */
function nodesOf(model: Model, live: readonly LiveHost[], hosts: readonly HostStatus[]): readonly LiveNode[] {
  const known = new Map(live.map((host) => [host.host, host]));
  const drift = new Map(hosts.map((host) => [host.host, host.drift.map(({ resource }) => resource)]));
  const node = (id: string, links: readonly LinkName[]): LiveNode => ({
    ...{ id, links, state: stateOf(links, known) },
    drift: links.reduce((sum, each) => sum + (drift.get(each.host) ?? []).filter((own) => isOf(own, each)).length, 0),
  });
  return [
    ...[...model.hosts.values()].flatMap((host) => hostNodes(host, node, known.get(host.name), drift.get(host.name))),
    ...[...model.guests.values()].map(({ name, host, nics }) =>
      node(
        NODE_ID.guest(name),
        nics.map((nic) => ({ host, scope: '', name: nic.port })),
      ),
    ),
    ...[...model.gateways.values()].map(({ name, members }) =>
      node(
        NODE_ID.gateway(name),
        members.flatMap(({ host, namespace }) => (namespace === null ? [] : linksIn(known.get(host), host, namespace))),
      ),
    ),
  ];
}

function hostNodes(
  { name, bridges }: Host,
  node: (id: string, links: readonly LinkName[]) => LiveNode,
  live: LiveHost | undefined,
  drift: readonly string[] = [],
): readonly LiveNode[] {
  const link = (device: string): LinkName => ({ host: name, scope: '', name: device });
  const own = [
    ...bridges.map(({ device }) => node(NODE_ID.bridge(name, device), [link(device)])),
    ...bridges.flatMap(({ uplinks }) => uplinks.map(({ device }) => node(NODE_ID.port(name, device), [link(device)]))),
  ];
  const answers = live?.failure === null;
  const ports = own.filter(({ state }) => state !== 'up').length;
  const state: LiveState = answers ? (ports === 0 ? 'up' : 'partly') : 'unknown';
  return [{ id: NODE_ID.host(name), state, drift: drift.length, links: own.flatMap(({ links }) => links) }, ...own];
}

function linksIn(live: LiveHost | undefined, host: string, namespace: string): readonly LinkName[] {
  return (live?.links ?? [])
    .filter(({ scope, name }) => scope === namespace && name !== 'lo')
    .map(({ scope, name }) => ({ host, scope, name }));
}

/** Without carrier a link is as good as down; a bridge without ports that are up has none. */
function stateOf(links: readonly LinkName[], known: ReadonlyMap<string, LiveHost>): LiveState {
  const states = links.map(({ host, scope, name }): LiveState => {
    const live = known.get(host);
    if (live === undefined || live.failure !== null) return 'unknown';
    const link = live.links.find((each) => each.scope === scope && each.name === name);
    return link?.up === true && link.carrier !== false ? 'up' : 'down';
  });
  if (states.length === 0 || states.every((each) => each === 'unknown')) return 'unknown';
  if (states.every((each) => each === 'up')) return 'up';
  return states.includes('up') ? 'partly' : 'down';
}

/** Whether a resource has to do with a link: its name is the first or the second part of the id's words. */
function isOf(resource: string, { scope, name }: LinkName): boolean {
  const words = resource.slice(resource.indexOf(':') + 1).split('/');
  return scope === '' ? words[0] === name : words[0] === scope && words[1] === name;
}
