/**
 * Stage: the plans of all hosts → which of them have to go through their changes together. Each plan is safe on its own host;
 * what this is about is a packet that crosses several.
 *
 * A host that takes something away (it closes, or removes) and another that opens something depend on each other: while one is
 * new and the other still old, a VLAN id or a VNI may mean another network on each, and the gateway that a packet had to pass
 * may stand on neither. Such hosts go together, in three phases, each begun when the one before is over on all of them:
 *
 *   1. close, make room, build: what the new state denies is denied everywhere; nothing new lets packets through yet;
 *   2. remove: the old goes when what enforces the new stands everywhere;
 *   3. open: what permits comes last.
 *
 * At every cut between them a packet meets, on each host, something that lets through no more than the old state does (before
 * the third phase) or than the new state does (from it on). The price is a gap for what moves from one host to another: it goes
 * before it comes. Hosts whose changes only take, or only open, depend on nobody: every mixture of old and new among them is a
 * part of the old, or of the new. So does a host that had nothing of the topology: what it makes stands behind its own filters.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../core/json.ts';
import type { HostPlan, Step } from '../flow/plan.ts';

/** Of a host on which nothing of the topology was found. */
const NOTHING_FOUND = createHash('sha256').update(canonicalJson([])).digest('hex');

/** The plans with those that depend on each other marked, and put into the order that they need. */
export function putTogether(hosts: readonly HostPlan[]): readonly HostPlan[] {
  const together = dependOnEachOther(hosts);
  return hosts.map((host) => (together.has(host.host) ? permitsLast(host) : host));
}

function dependOnEachOther(hosts: readonly HostPlan[]): ReadonlySet<string> {
  const taking = new Set(hosts.filter(takes).map(({ host }) => host));
  const opening = new Set(hosts.filter(opens).map(({ host }) => host));
  const all = new Set([...taking, ...opening]);
  return taking.size > 0 && opening.size > 0 && all.size > 1 ? all : new Set();
}

function takes({ fingerprint, steps }: HostPlan): boolean {
  if (fingerprint === NOTHING_FOUND) return false;
  return steps.some((step) => (step.effect === 'closes' || step.effect === 'removes') && !isFile(step));
}

function opens({ steps }: HostPlan): boolean {
  return steps.some(({ effect }) => effect === 'opens');
}

/** A file carries no packets. */
function isFile({ commands }: Step): boolean {
  return commands.length > 0 && commands.every(({ tool }) => tool === 'file');
}

/** The same steps, what opens (and what waits for it) behind all else. */
export function permitsLast(plan: HostPlan): HostPlan {
  const late = new Set<string>();
  for (const step of plan.steps) {
    const waits = step.dependsOn.some((id) => late.has(id));
    // What is kept of borrowed things is forgotten when they have been given back.
    const forgets = step.effect === 'removes' && isFile(step);
    if (step.effect === 'opens' || forgets || waits) late.add(step.id);
  }
  const inOrder = [...plan.steps.filter(({ id }) => !late.has(id)), ...plan.steps.filter(({ id }) => late.has(id))];
  const idOf = new Map(inOrder.map(({ id }, index) => [id, `${plan.host}/${String(index + 1)}`]));
  const renamed = (id: string): string => idOf.get(id) ?? id;
  const steps = inOrder.map((step) => ({
    ...step,
    id: renamed(step.id),
    dependsOn: step.dependsOn.map(renamed).sort((a, b) => numberOf(a) - numberOf(b)),
  }));
  return { ...plan, together: true, steps };
}

function numberOf(id: string): number {
  return Number(id.slice(id.lastIndexOf('/') + 1));
}

/** Where its second and its third phase begin, as positions in its steps; nowhere for a host that depends on nobody. */
export function phaseCuts({ together, steps }: Pick<HostPlan, 'together' | 'steps'>): readonly number[] {
  if (together !== true) return [];
  const opening = steps.findIndex(({ effect }) => effect === 'opens');
  const third = opening < 0 ? steps.length : opening;
  const second = steps.slice(0, third).findLastIndex(({ effect }) => effect === 'closes' || effect === 'builds') + 1;
  return [second, third];
}
