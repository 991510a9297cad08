/** In: a model and hosts that are lost. Out: who is started again where, and the model of the topology as it is then. */
import { Failure } from '../../core/failure.ts';
import { hasErrors } from '../../core/diagnostic.ts';
import type { Model } from '../../flow/model.ts';
import type { Topology } from '../../flow/topology.ts';
import type { Compiled } from '../compile.ts';
import { compileModel } from '../compile.ts';
import type { Whereabouts } from '../passes/guests-have-a-host.ts';
import type { Pool } from './pool.ts';
import { poolOf } from './pool.ts';
import type { Refuge } from './without.ts';
import { refugeFor } from './without.ts';

interface Known {
  readonly topology: Topology;
  readonly pool: Pool;
  readonly refuges: Map<string, Refuge>;
  readonly models: Map<string, Model>;
}

/** Models that are kept of one topology: whoever asks for one asks for it again at once. */
const MOST_MODELS = 8;

const known = new WeakMap<Model, Known>();

/** Like `compileModel`, and remembers what the model came from where something of it may be moved to another host. */
export function compileMovable(topology: Topology, whereabouts: Whereabouts = {}): Compiled {
  const compiled = compileModel(topology, whereabouts);
  const { model } = compiled;
  if (model !== null && canMove(model))
    known.set(model, { topology, pool: poolOf(model), refuges: new Map(), models: new Map() });
  return compiled;
}

function canMove({ guests, gateways }: Model): boolean {
  return [...guests.values(), ...gateways.values()].some(({ mayRunOn }) => mayRunOn.length > 0);
}

const NOWHERE: Refuge = { outcome: 'all', moved: new Map(), homeless: [] };

export function refugeWithout(model: Model, hosts: readonly string[]): Refuge {
  const about = known.get(model);
  if (about === undefined) return canMove(model) ? refugeFor(poolOf(model), new Set(hosts)) : NOWHERE;
  const key = keyOf(hosts);
  const found = about.refuges.get(key) ?? refugeFor(about.pool, new Set(hosts));
  about.refuges.set(key, found);
  return found;
}

/**
 * The hosts stay in it, with all that is not started elsewhere: nothing is taken from them. The very same model where nobody is
 * moved. Throws `file-wrong` where the topology cannot be so.
 */
export function modelWithout(model: Model, hosts: readonly string[]): Model {
  const { moved } = refugeWithout(model, hosts);
  if (moved.size === 0) return model;
  const about = known.get(model);
  if (about === undefined) throw new TypeError('a model whose topology was not kept');
  const key = keyOf(hosts);
  const made = about.models.get(key) ?? recompiled(about.topology, model, moved);
  about.models.set(key, made);
  for (const oldest of [...about.models.keys()].slice(0, -MOST_MODELS)) about.models.delete(oldest);
  return made;
}

/** The same topology with guests that are free where they were seen; the very same model where they all are there. */
export function modelWithSeen(model: Model, seen: ReadonlyMap<string, string>): Model {
  const free = [...model.guests.values()].filter((guest) => guest.free);
  const about = known.get(model);
  if (about === undefined || free.every(({ name, host }) => (seen.get(name) ?? host) === host)) return model;
  const compiled = compileMovable(about.topology, { seen });
  return compiled.model ?? model;
}

function recompiled(topology: Topology, model: Model, moved: ReadonlyMap<string, string>): Model {
  const seen = new Map([...model.guests.values()].filter(({ free }) => free).map(({ name, host }) => [name, host]));
  const { model: made, diagnostics } = compileModel(topology, { seen, moved });
  if (made !== null && !hasErrors(diagnostics)) return made;
  const wrong = diagnostics.filter(({ severity }) => severity === 'error').map(({ detail }) => detail);
  throw new Failure('file-wrong', 'The topology cannot be as it would be without these hosts', {
    detail: [...[...moved].map(([name, host]) => `${name} would be started on ${host}.`), ...wrong].join('\n'),
  });
}

function keyOf(hosts: readonly string[]): string {
  return [...new Set(hosts)].sort().join(' ');
}
