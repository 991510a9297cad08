/** Stage: a question of a person about many flows (`reach --to web1`, `reach --from internet`) → rows, from a World. */
import {
  addressPart,
  familyOf,
  formatAddress,
  mustParseAddress,
  mustParsePrefix,
  parseAddress,
} from '../core/address.ts';
import type { Family } from '../core/address.ts';
import { Failure } from '../core/failure.ts';
import { nearestHint } from '../core/nearest.ts';
import type { Endpoint, Expectation, Model } from '../flow/model.ts';
import type { ProbePlan } from '../flow/probe.ts';
import type { StackId, World } from '../flow/world.ts';
import { probePlan } from '../model/probes.ts';
import type { Span } from '../reach/rules/ruleset.ts';
import type { ManyAnswer, ManyQuestion } from '../reach/questions/questions.ts';
import { LINK_LOCAL, manyReach } from '../reach/questions/questions.ts';
import { EXTRAORDINARY } from '../reach/sets/difference.ts';
import { joined, without } from '../reach/sets/spans.ts';
import { everything } from '../reach/sets/spread.ts';

/** `null`: everybody. */
export interface ManyAsked {
  readonly from: string | null;
  readonly to: Target | null;
  /** As in `ManyQuestion`. */
  readonly mostAlike?: number;
}

export interface Target {
  readonly name: string;
  readonly service: ManyQuestion['service'];
}

const NUMBERS: ReadonlyMap<string, readonly bigint[]> = new Map([
  ['tcp', [6n]],
  ['udp', [17n]],
  ['icmp', [1n, 58n]],
]);

/** `web1`, `web1:443/tcp`, `db1:5432-5440/tcp`, `web1/icmp`, `[2001:db8::1]:53/udp`. Throws `usage`. */
export function parseTarget(text: string): Target {
  const [, bracketed, plain, first, last, word] =
    /^(?:\[([^\]]+)\]|([^/]*?))(?::(\d{1,5})(?:-(\d{1,5}))?)?(?:\/([a-z]+))?$/.exec(text) ?? [];
  const address = parseAddress(text) === undefined ? undefined : text;
  if (address !== undefined) return { name: address, service: null };
  const name = bracketed ?? plain ?? '';
  const protocols = word === undefined ? undefined : NUMBERS.get(word);
  const from = first === undefined ? 0n : BigInt(first);
  const to = first === undefined ? 65_535n : BigInt(last ?? first);
  const fits = (first === undefined || (protocols !== undefined && word !== 'icmp')) && from <= to && to < 65_536n;
  if (name === '' || (word !== undefined && protocols === undefined) || !fits)
    throw new Failure('usage', `${JSON.stringify(text)} does not say what is to be reached`, {
      detail: 'It is written TO, TO/PROTO or TO:PORT/PROTO: web1, db1/icmp, db1:5432/tcp, [2001:db8::1]:443/tcp.',
    });
  return { name, service: protocols === undefined ? null : { protocols, ports: [{ first: from, last: to }] } };
}

/** Who has to stand beside the topology: the node `internet`, and somebody on each network that nobody is on. */
export function manyPlan(model: Model): ProbePlan {
  const networks = [...model.networks.values()].map(({ name }): Endpoint => ({ type: 'network', name }));
  const expectation: Expectation = {
    ...{ id: 'asked', text: '', place: { file: '', line: 0, column: 0 }, verdict: 'allow' },
    ...{ services: [{ protocol: 'icmp' }], from: [{ type: 'internet' }, ...networks], to: networks },
    ...{ reaches: null, evenWithout: [] },
  };
  return { ...probePlan({ ...model, expectations: [expectation] }), probes: [] };
}

/** Throws `usage` where an end is not known. */
export function askMany(model: Model, world: World, { from, to, mostAlike }: ManyAsked): ManyAnswer {
  const target = to === null ? null : endOf(model, world, to.name);
  const sender = from === null ? null : endOf(model, world, from);
  if (sender?.address !== undefined && sender.stacks.length === 0)
    throw new Failure('usage', `Nobody in ${model.topology} has the address ${sender.address}`, {
      detail:
        'A sender is a host, guest, gateway, member (gw@host), network, an address of one of them, or `internet`.',
    });
  const gone = [sender?.gone, target?.gone].flatMap((each) => each ?? []);
  if (gone.length > 0) return { rows: [], notes: gone, left: 0 };
  return manyReach(world, {
    from: sender === null ? null : sender.stacks,
    to: target === null || target.address !== undefined ? null : target.stacks,
    sentTo: target?.address === undefined ? null : spanOf(target.address),
    service: to?.service ?? null,
    mostAlike,
    outside: { 4: outsideOf(model, world, 4), 6: outsideOf(model, world, 6) },
  });
}

function spanOf(address: string): { readonly family: Family; readonly span: Span } {
  const { family, value } = mustParseAddress(address);
  return { family, span: { first: value, last: value } };
}

interface End {
  readonly stacks: readonly StackId[];
  /** Where an address was given. */
  readonly address?: string;
  /** Why nobody is there. */
  readonly gone?: string;
}

function endOf(model: Model, world: World, name: string): End {
  const direct = world.nodes.get(name) ?? (world.stacks.has(name) ? name : undefined);
  const gateway = model.gateways.get(name);
  if (gateway !== undefined) {
    const members = gateway.members.flatMap((each) => world.nodes.get(each.name) ?? []);
    if (members.length > 0) return { stacks: members };
  }
  if (direct !== undefined) return { stacks: [direct] };
  if (model.networks.has(name)) return { stacks: onNetwork(model, world, name) };
  const address = parseAddress(name)?.text;
  if (address !== undefined) return { stacks: ownersOf(world, address), address };
  // Down, or without anybody there.
  if (model.guests.has(name) || model.hosts.has(name) || gateway !== undefined)
    return { stacks: [], gone: `${name} is not there: its host is down, or was not read` };
  const known = ['internet', ...model.networks.keys(), ...model.gateways.keys(), ...world.nodes.keys()];
  throw new Failure('usage', `Nobody in ${model.topology} is called ${JSON.stringify(name)}`, {
    detail:
      nearestHint(name, known) ??
      'An end is a host, guest, gateway, member (gw@host), network, address, or `internet`.',
  });
}

function onNetwork(model: Model, world: World, network: string): readonly StackId[] {
  const guests = [...model.guests.values()].filter(({ nics }) => nics.some((nic) => nic.network === network));
  const named = [...guests.map((each) => each.name), `temporary@${network}`];
  return named.filter((id) => world.stacks.has(id));
}

function ownersOf({ stacks }: World, address: string): readonly StackId[] {
  return [...stacks.values()]
    .filter(({ interfaces }) =>
      [...interfaces.values()].some(({ addresses }) => addresses.some((each) => addressPart(each) === address)),
    )
    .map(({ id }) => id);
}

/** Addresses that a sender out there may have: all but those of the file. None where the family does not get out. */
function outsideOf({ networks }: Model, { stacks }: World, family: Family): readonly Span[] {
  const subnets = [...networks.values()].flatMap(({ external, subnets: list }) =>
    list
      .filter(({ prefix }) => familyOf(prefix) === family)
      .map(({ prefix }) => ({ external, ...mustParsePrefix(prefix) })),
  );
  if (!subnets.some(({ external }) => external)) return [];
  const inside = subnets.filter(({ external }) => !external);
  const owned = [...stacks.values()]
    .filter(({ sort }) => sort !== 'internet')
    .flatMap(({ interfaces }) => [...interfaces.values()].flatMap(({ addresses }) => addresses.map(addressPart)))
    .filter((each) => familyOf(each) === family)
    .map((each) => mustParseAddress(each).value)
    .map((value) => ({ first: value, last: value }));
  return without(
    everything(family).sources,
    joined([...EXTRAORDINARY[family], ...LINK_LOCAL[family], ...inside, ...owned]),
  );
}

/** `192.0.2.10`, `10.0.0.0/8`, `10.0.0.1-10.0.0.9`. */
export function spanText(family: Family, { first, last }: Span): string {
  if (first === last) return formatAddress(family, first);
  const size = last - first + 1n;
  const bits = size.toString(2);
  const isPrefix = /^10*$/.test(bits) && first % size === 0n;
  if (isPrefix) return `${formatAddress(family, first)}/${String((family === 4 ? 32 : 128) - bits.length + 1)}`;
  return `${formatAddress(family, first)}-${formatAddress(family, last)}`;
}
