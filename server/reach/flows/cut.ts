/**
 * Which established flows a change no longer covers. Conntrack passes what it has seen before, whatever the rules say now: so
 * each flow is judged as if it began again, by the rules before and after.
 *
 * A flow is kept where the new rules let it pass with the addresses that it has. Where they do not, it is cut if the old ones
 * did, or if nothing but our rules decides in that stack; a translation that none of our rules explains is somebody else's,
 * and stays as it is (other software on a host has its own).
 */
import type { Ruleset } from '../rules/ruleset.ts';
import type { Binding, Bindings, Connection } from '../judge/connection.ts';
import type { Judgement } from '../judge/walk.ts';
import { judge } from '../judge/walk.ts';
import { addressField, packetOf, portField } from '../judge/packet.ts';
import type { Routes } from '../routes.ts';
import type { Flow } from './entry.ts';

export interface FlowRules {
  /** Of ours alone: what others do on the same host is theirs. */
  readonly before: Ruleset;
  readonly after: Ruleset;
  readonly routes: Routes;
  /** Interfaces that rules of ours name, as far as they are there. */
  readonly devices: readonly string[];
  /** The stack is wholly ours: what our rules do not explain is left over, not somebody else's. */
  readonly alone: boolean;
}

export type Fate = 'kept' | 'cut' | 'undecided';

export function fateOf(flow: Flow, rules: FlowRules): Fate {
  const likely = arrivalOf(flow, rules);
  if (likely !== undefined && covers(rules.after, flow, rules, likely)) return 'kept';
  const arrivals = arrivalsOf(flow, rules, likely);
  if (arrivals.length > 0)
    return worst(
      arrivals.map((device) => judged(rules.after, flow, rules, device)),
      flow,
    );
  if (likely === undefined) return 'undecided';
  const [before, after] = [rules.before, rules.after].map((each) => judged(each, flow, rules, likely, bindingOf(flow)));
  if (after === undefined || before === undefined || passes(after)) return 'kept';
  if (isUnknown(after)) return 'undecided';
  return rules.alone || passes(before) ? 'cut' : 'undecided';
}

/** By which interfaces the rules of before let it in as it is: the likely one, or else any that could be. */
function arrivalsOf(flow: Flow, rules: FlowRules, likely: string | null | undefined): readonly (string | null)[] {
  const explains = (device: string | null): boolean => covers(rules.before, flow, rules, device);
  if (likely !== undefined && explains(likely)) return [likely];
  return likely === null ? [] : rules.devices.filter(explains);
}

/** Kept where it may have come by an interface that still lets it in; cut where all of them shut it out. */
function worst(after: readonly Judgement[], flow: Flow): Fate {
  if (after.some((each) => passes(each) && sameAddresses(each, flow))) return 'kept';
  return after.some((each) => isUnknown(each) && mayLeadThere(each, flow)) ? 'undecided' : 'cut';
}

/** Destinations are chosen first: where packets go elsewhere now, the rest of their way does not matter. */
function mayLeadThere({ verdict, steps, packet }: Judgement, { original, reply }: Flow): boolean {
  const chosen = verdict === 'no-route' || steps.some(({ hook }) => hook !== 'prerouting' && hook !== 'output');
  const to = packet.get(addressField(original.family, 'destination'));
  const port = packet.get(portField('destination'));
  const same = (value: typeof to, found: bigint | null): boolean => typeof value !== 'bigint' || value === found;
  return !chosen || (same(to, reply.source) && same(port, reply.sourcePort));
}

function isUnknown({ verdict }: Judgement): boolean {
  return verdict === 'unknown' || verdict === 'no-route';
}

function passes({ verdict }: Judgement): boolean {
  return verdict === 'forwarded' || verdict === 'local';
}

function covers(ruleset: Ruleset, flow: Flow, rules: FlowRules, device: string | null): boolean {
  const judgement = judged(ruleset, flow, rules, device);
  const mark = judgement.packet.get('ct mark');
  return passes(judgement) && sameAddresses(judgement, flow) && (typeof mark !== 'bigint' || mark === flow.mark);
}

/** @param bound translations as they are, whoever made them; by our rules where absent. */
function judged(
  ruleset: Ruleset,
  { original }: Flow,
  { routes }: FlowRules,
  device: string | null,
  bound?: Bindings,
): Judgement {
  const connection: Connection = bound === undefined ? { state: 'new' } : { state: 'new', bound };
  return judge(ruleset, routes, packetOf({ tuple: original, device }), connection);
}

/** The interface that its first packet came in by, as answers go out there; `null`: the stack sent it itself. */
function arrivalOf({ original, reply, mark }: Flow, { routes }: FlowRules): string | null | undefined {
  const way = routes.wayTo({ family: original.family, to: original.source, from: reply.source, mark });
  return way.type === 'out' ? way.device : way.type === 'local' ? null : undefined;
}

function bindingOf({ original, reply }: Flow): Bindings {
  const binding = (from: bigint, to: bigint, fromPort: bigint | null, toPort: bigint | null): Binding | null =>
    from === to && fromPort === toPort ? null : { address: to, port: toPort };
  return {
    source: binding(original.source, reply.destination, original.sourcePort, reply.destinationPort),
    destination: binding(original.destination, reply.source, original.destinationPort, reply.sourcePort),
  };
}

/** The kernel may give a flow another source port than it came with, when two would be alike: that says nothing. */
function sameAddresses({ packet }: Judgement, { original, reply }: Flow): boolean {
  const { family } = original;
  const port = packet.get(portField('destination'));
  return (
    packet.get(addressField(family, 'source')) === reply.destination &&
    packet.get(addressField(family, 'destination')) === reply.source &&
    (reply.sourcePort === null || port === reply.sourcePort)
  );
}
