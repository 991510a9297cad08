/**
 * In: the Model. Out: the probes that show whether its expectations hold: each expectation spread over its ends, ports and
 * families, and what has to stand beside the topology for that (the node `internet`, temporary members). It judges nothing:
 * the lab sends these probes as packets, and the forwarding model is asked the very same ones.
 */
import type { Address } from '../core/address.ts';
import type { Balance, Expectation, Model, Publish } from '../flow/model.ts';
import type { Probe, ProbePlan } from '../flow/probe.ts';
import type { Node, NodeAddress } from './probes/address-book.ts';
import { addressBook } from './probes/address-book.ts';
import type { End, EndContext } from './probes/ends.ts';
import { endsOf } from './probes/ends.ts';
import { joinedNetworks } from './probes/joined.ts';
import { withLostHosts } from './probes/lost-hosts.ts';
import { settleOutside } from './probes/outside.ts';
import type { ProbePort } from './probes/ports.ts';
import { probePorts } from './probes/ports.ts';
import { temporaryMembers } from './probes/temporary.ts';
import { listensOn } from './services.ts';

/** Beyond so many pairs of ends, every end is still asked, but no longer with every other one. */
const MOST_PAIRS = 4096;

interface Context extends EndContext {
  readonly model: Model;
  /** What is published on an address of a node. */
  readonly published: (node: Node | null, address: Address) => readonly Publish[];
  /** Networks with a gateway between. */
  readonly joined: (a: string, b: string) => boolean;
}

export function probePlan(model: Model): ProbePlan {
  const book = addressBook(model);
  const outside = settleOutside(model, book);
  const beyond = new Set(outside.nics.flatMap((nic) => nic.beyond));
  const isReserved = (network: string, address: Address): boolean =>
    beyond.has(address) || model.networks.get(network)?.subnets.some((subnet) => subnet.router === address) === true;
  const temporary = temporaryMembers(model, book, isReserved);
  const context: Context = {
    model,
    book,
    outside,
    temporary,
    published: publishedOn(model),
    joined: joinedNetworks(model),
  };
  const probes = withLostHosts(
    model,
    model.expectations.flatMap((expectation) => probesOf(expectation, context)),
  );
  return { probes, internet: outside.nics, temporary: temporary.made() };
}

function probesOf(expectation: Expectation, context: Context): readonly Probe[] {
  const from = expectation.from.flatMap((end) => endsOf(end, 'from', expectation.verdict, context));
  const to = expectation.to.flatMap((end) => endsOf(end, 'to', expectation.verdict, context));
  const probes = new Map<string, Probe>();
  for (const [sender, receiver] of pairs(from, to)) {
    if (sender.node === null || sender.node.name === receiver.node?.name) continue;
    for (const probe of probesBetween(expectation, sender, sender.node, receiver, context)) {
      const { from: source, to: target, protocol, port, forcedVia } = probe;
      probes.set(
        [
          source.node,
          source.address,
          target.node,
          target.address,
          protocol,
          String(port),
          forcedVia?.gateway ?? '',
          forcedVia?.network ?? '',
        ].join(' '),
        probe,
      );
    }
  }
  return [...probes.values()];
}

function probesBetween(expectation: Expectation, sender: End, from: Node, receiver: End, context: Context): Probe[] {
  const probes: Probe[] = [];
  for (const family of [4, 6] as const) {
    const sources = sender.addresses.filter((each) => each.family === family);
    const targets = receiver.addresses.filter((each) => each.family === family);
    for (const target of expectation.verdict === 'deny' || receiver.exact
      ? targets
      : suited(targets, sources, context)) {
      const source = sourceFor(target, sources);
      if (source === undefined) continue;
      const onAddress = context.published(receiver.node, target.address);
      const inside = insideOf(receiver.node, target.address, context);
      for (const port of probePorts(expectation.services, (inside ?? receiver).node?.listens ?? [], onAddress)) {
        const probe = probeOf(expectation, from, source, receiver.node, target, port, context);
        probes.push(...forced(probe, source, target, context));
      }
    }
  }
  return probes;
}

function probeOf(
  expectation: Expectation,
  from: Node,
  source: NodeAddress,
  owner: Node | null,
  target: NodeAddress,
  { protocol, port }: ProbePort,
  context: Context,
): Probe {
  const want = expectation.verdict;
  const [end = null, ...others] = finalTargets(owner, target, { protocol, port }, context);
  const declared =
    end !== null && protocol !== 'icmp' && end.port !== null && listensOn(end.node.listens, protocol, end.port);
  return {
    expectation,
    want,
    family: target.family,
    protocol,
    port,
    from: { node: from.name, address: source.address },
    to: { node: owner?.name ?? null, address: target.address },
    target: end === null ? null : placeOf(end),
    ...(others.length === 0 ? {} : { others: others.map(placeOf) }),
    twin: twinOf(from, owner, target, context),
    forcedVia: null,
    without: null,
    // The kernel answers an echo by itself, and a denial needs nobody who would answer.
    listener: declared ? 'declared' : want === 'allow' && protocol !== 'icmp' ? 'temporary' : 'none',
  };
}

/** Realms may have the same addresses: a packet to one of another realm ends in the sender's own. */
function twinOf(from: Node, owner: Node | null, target: NodeAddress, { book }: Context): string | null {
  const realms = new Set(from.addresses.map((each) => book.realmOf(each.network)));
  if (realms.has(book.realmOf(target.network))) return null;
  const found = [...realms].flatMap((realm) => (realm === '' ? [] : (book.ownerOf(realm, target.address) ?? [])));
  return found.find((node) => node.name !== owner?.name)?.name ?? null;
}

/** Who an address stands for that a gateway gives away as a whole. */
function insideOf(
  owner: Node | null,
  address: Address,
  { model, book }: Context,
): { readonly node: Node; readonly address: Address } | undefined {
  const gateway = owner?.gateway === undefined ? undefined : model.gateways.get(owner.gateway);
  const mapping = gateway?.oneToOnes.find(({ outside }) => outside === address);
  const node = mapping === undefined ? undefined : book.ownerOf(book.realmOf(mapping.network), mapping.inside);
  return mapping === undefined || node === undefined ? undefined : { node, address: mapping.inside };
}

interface FinalTarget {
  readonly node: Node;
  readonly address: Address;
  readonly port: number | null;
}

function placeOf({ node, address, port }: FinalTarget): { node: string; address: Address; port: number | null } {
  return { node: node.name, address, port };
}

/** Where a packet ends that gets through: behind a published port or a one-to-one, else where it was sent to. */
function finalTargets(
  owner: Node | null,
  target: NodeAddress,
  { protocol, port }: ProbePort,
  context: Context,
): readonly FinalTarget[] {
  const { book, published } = context;
  const inside = insideOf(owner, target.address, context);
  if (inside !== undefined) return [{ ...inside, port }];
  const mappings = published(owner, target.address).filter(
    (each) => each.protocol === protocol && port !== null && port >= each.ports.first && port <= each.ports.last,
  );
  if (mappings.length === 0) return owner === null ? [] : [{ node: owner, address: target.address, port }];
  return mappings.flatMap((mapping): FinalTarget[] => {
    const node = book.ownerOf(book.realmOf(mapping.target.network), mapping.target.address);
    return node === undefined ? [] : [{ node, address: mapping.target.address, port: mapping.target.port ?? port }];
  });
}

/**
 * A denial from outside to an inner address is sent straight to each gateway on an external network: no provider routes such
 * an address, so that without the forced route the packet would be lost before any filter had seen it.
 */
function forced(
  probe: Probe,
  source: NodeAddress,
  target: NodeAddress,
  { model, book, outside }: Context,
): readonly Probe[] {
  const external = new Set(outside.nics.map((nic) => nic.network));
  const inner = book.subnets.byNetwork.has(target.network) && !external.has(target.network);
  if (probe.want !== 'deny' || source.network !== 'internet' || !inner) return [probe];
  const realm = book.realmOf(target.network);
  // A gateway that is not in that realm leads to others who have the same addresses.
  const near = [...model.gateways.values()].filter(({ nics }) =>
    nics.some((nic) => book.realmOf(nic.network) === realm),
  );
  const ways = near.flatMap((gateway) =>
    gateway.nics.flatMap((nic): Probe[] => {
      const via = external.has(nic.network)
        ? nic.addresses.find((each) => each.includes(':') === (probe.family === 6))
        : undefined;
      return via === undefined
        ? []
        : [{ ...probe, forcedVia: { gateway: gateway.name, via: via.replace(/\/\d+$/, ''), network: nic.network } }];
    }),
  );
  return ways.length === 0 ? [probe] : ways;
}

/** Of several addresses of one node the one that a sender would use: on a network of its own, else behind a gateway of it. */
function suited(
  targets: readonly NodeAddress[],
  sources: readonly NodeAddress[],
  { joined }: Context,
): readonly NodeAddress[] {
  const near = targets.find((target) => sources.some((source) => source.network === target.network));
  const behind = targets.find((target) => sources.some((source) => joined(source.network, target.network)));
  const chosen = near ?? behind ?? targets[0];
  return chosen === undefined ? [] : [chosen];
}

/** The source that the sender's own routes would give: on the target's network, else where its default route leaves. */
function sourceFor(target: NodeAddress, sources: readonly NodeAddress[]): NodeAddress | undefined {
  return sources.find((each) => each.network === target.network) ?? sources.find((each) => each.leads) ?? sources[0];
}

/** Every sender with every receiver; of very many, each one of both sides at least once. */
function pairs<A, B>(left: readonly A[], right: readonly B[]): readonly (readonly [A, B])[] {
  if (left.length * right.length <= MOST_PAIRS) return left.flatMap((a) => right.map((b) => [a, b] as const));
  const count = Math.max(left.length, right.length);
  const result: (readonly [A, B])[] = [];
  for (let index = 0; index < count; index += 1) {
    // Shifted by one each round, so that the two ends of a pair are not always the same node.
    const a = left[index % left.length];
    const b = right[(index + 1) % right.length];
    if (a !== undefined && b !== undefined) result.push([a, b]);
  }
  return result;
}

/** A balanced service is a mapping to each of its targets. */
function mappingsOf({ targets, ...balance }: Balance): readonly Publish[] {
  return targets.map((target) => ({ ...balance, target, from: null }));
}

/** By gateway, or by guest where its own address is published: other realms may have the same addresses. */
function publishedOn(model: Model): Context['published'] {
  const published = new Map<string, Publish[]>();
  for (const gateway of model.gateways.values()) {
    for (const publish of [...gateway.publishes, ...gateway.balances.flatMap(mappingsOf)]) {
      const { listen, target } = publish;
      const owner = listen === target.address && target.guest !== null ? target.guest : gateway.name;
      const key = `${owner} ${listen}`;
      const list = published.get(key);
      if (list === undefined) published.set(key, [publish]);
      else list.push(publish);
    }
  }
  return (node, address) => (node === null ? [] : (published.get(`${node.gateway ?? node.name} ${address}`) ?? []));
}
