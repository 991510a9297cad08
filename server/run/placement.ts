/** Stage: a model → what its hosts have and hold, how many of them may fail, and who is started where without some of them. */
import { listNames } from '../model/report.ts';
import { amountText, memoryText } from '../model/placement/amount.ts';
import type { Amount } from '../model/placement/amount.ts';
import { refugeWithout } from '../model/placement/elsewhere.ts';
import { failureCapacity } from '../model/placement/failures.ts';
import type { FailureCapacity, GroupCapacity } from '../model/placement/failures.ts';
import { poolOf } from '../model/placement/pool.ts';
import type { Model } from '../flow/model.ts';

export interface Placement {
  /** Those that say what they have, in order of name. */
  readonly hosts: readonly HostRoom[];
  /** How many hosts may fail; `null` where nothing is protected. */
  readonly failures: FailureCapacity | null;
}

/** `null`: not said. Memory in bytes. */
export interface HostRoom {
  readonly host: string;
  readonly cpus: number | null;
  readonly memory: number | null;
  readonly used: Amount;
}

export interface Displaced {
  readonly without: readonly string[];
  readonly moved: readonly { readonly name: string; readonly from: string | null; readonly to: string }[];
  readonly homeless: readonly {
    readonly name: string;
    readonly protection: 'protected' | 'restart';
    readonly why: string;
  }[];
  /** Of the protected: `unknown` where no way was found for all, and none was excluded. */
  readonly outcome: 'all' | 'not-all' | 'unknown';
}

const found = new WeakMap<Model, Placement>();

export function placementOf(model: Model): Placement {
  const known = found.get(model) ?? placed(model);
  found.set(model, known);
  return known;
}

function placed(model: Model): Placement {
  const pool = poolOf(model);
  const failures = failureCapacity(pool);
  return {
    hosts: [...pool.hosts.values()]
      .filter(({ capacity }) => capacity.cpus !== Infinity || capacity.memory !== Infinity)
      .map(({ name, capacity, used }) => ({
        ...{ host: name, used },
        cpus: capacity.cpus === Infinity ? null : capacity.cpus,
        memory: capacity.memory === Infinity ? null : capacity.memory,
      })),
    failures: failures.survives === null ? null : failures,
  };
}

export function displacedWithout(model: Model, hosts: readonly string[]): Displaced {
  const { moved, homeless, outcome } = refugeWithout(model, hosts);
  return {
    ...{ without: [...hosts], outcome },
    moved: [...moved]
      .map(([name, to]) => ({ name, from: homeOf(model, name), to }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    homeless: homeless.map(({ name, protection, needs, mayRunOn, on }) => {
      const others = mayRunOn.filter((host) => !hosts.includes(host) && !on.includes(host));
      const what = amountText(needs);
      const why =
        others.length === 0
          ? 'no other host that is left carries its networks'
          : `no other host has room for ${what === '' ? 'it' : what}`;
      return { name, protection, why };
    }),
  };
}

function homeOf({ guests, gateways }: Model, name: string): string | null {
  return guests.get(name)?.host ?? gateways.get(name)?.members[0]?.host ?? null;
}

/** For people: one line a fact. */
export function placementLines({ failures }: Placement): readonly string[] {
  if (failures === null) return [];
  return [
    `Hosts that may fail with every protected guest started again on the others: ${countText(failures)}.`,
    ...failures.groups.map((group) => groupLine(group, failures.groups.length > 1)),
  ];
}

function countText({ survives, exact }: Pick<GroupCapacity, 'exact'> & { readonly survives: number | null }): string {
  return `${exact ? '' : 'at least '}${String(survives ?? 0)}`;
}

function groupLine({ hosts, survives, exact, tooMany, ...group }: GroupCapacity, oneOfMany: boolean): string {
  const whose = `${String(group.protected)} protected on ${oneOfMany ? listNames(hosts, 4) : `${String(hosts.length)} hosts`}`;
  const own = oneOfMany ? `, ${countText({ survives, exact })} may fail` : '';
  return `  ${whose}${own}${tooMany === null ? '.' : `; too many: ${tooManyText(tooMany)}.`}`;
}

function tooManyText({ hosts, homeless, sets, of }: NonNullable<GroupCapacity['tooMany']>): string {
  const others = of === 1 ? '' : ` (${String(sets)} of ${String(of)} ${SETS[hosts.length] ?? 'such sets'})`;
  return `${listNames(hosts)} leave ${listNames(homeless, 4)} without a place${others}`;
}

const SETS: Readonly<Record<number, string>> = { 1: 'hosts', 2: 'pairs' };

export function displacedLines({ without, moved, homeless, outcome }: Displaced): readonly string[] {
  return [
    `Without ${listNames(without)}:`,
    ...moved.map(({ name, from, to }) => `  ${name} is started on ${to}${from === null ? '' : `, from ${from}`}`),
    ...homeless.map(({ name, protection, why }) => `  ${name} (${protection}) is not started: ${why}`),
    ...(moved.length + homeless.length === 0 ? ['  nobody is started elsewhere'] : []),
    ...(outcome === 'unknown' ? ['  whether all that are protected would fit in another way is not known'] : []),
  ];
}

/** `5 of 8 cpus, 14G of 16G of memory` */
export function roomText({ cpus, memory, used }: HostRoom): string {
  return [
    ...(cpus === null ? [] : [`${String(used.cpus)} of ${String(cpus)} cpus`]),
    ...(memory === null ? [] : [`${memoryText(used.memory)} of ${memoryText(memory)} of memory`]),
  ].join(', ');
}
