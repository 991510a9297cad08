import type { FastifyInstance } from 'fastify';
import type { Place } from '../../core/place.ts';
import type { Model } from '../../flow/model.ts';
import type { By } from '../../run/policy.ts';
import { policyOf } from '../../run/policy.ts';
import type { Rehearsal, Rehearsed } from '../../run/rehearsal.ts';
import { prepareRehearsal, rehearse, worstLosses } from '../../run/rehearsal.ts';
import { inSteps } from '../../run/steps.ts';
import type { TopologyFolder } from '../folder.ts';
import { oncePerModel } from '../once.ts';
import type { DecidedBy } from '../schema/packet.ts';
import { usable } from '../usable.ts';
import { serveOperation } from './operation.ts';

/** Rehearsals that are kept of one model. */
const MOST_KEPT = 64;

/** Who can reach whom, and what is lost while hosts are down. */
export function policyRoutes(server: FastifyInstance, folder: TopologyFolder): void {
  const policy = oncePerModel((model) => inSteps(policyOf(model)));
  const prepared = oncePerModel((model) => Promise.resolve(prepareRehearsal(model)));
  const worst = oncePerModel(async (model) => inSteps(worstLosses(await prepared(model))));
  const rehearsed = keptRehearsals(prepared);

  serveOperation(server, 'GET /api/topologies/:name/policy', async ({ params }) => {
    const { model, diagnostics } = await usable(folder, params.name);
    const { from, to, cells, notes } = await policy(model);
    return {
      ...{ formatVersion: 1 as const, diagnostics, from, to, notes },
      cells: cells.map((cell) => ({
        ...cell,
        flows: cell.flows.map((flow) => ({ ...flow, by: flow.by.map((by) => decidedBy(by, folder)) })),
      })),
    };
  });

  serveOperation(server, 'GET /api/topologies/:name/without', async ({ params, query }) => {
    const { model, diagnostics } = await usable(folder, params.name);
    const found = await rehearsed(model, [...new Set([query.host].flat())].sort());
    return {
      ...{ formatVersion: 1 as const, diagnostics, ...found },
      promises: found.promises.map((each) => ({ ...each, place: inFolder(each.place, folder) })),
    };
  });

  serveOperation(server, 'GET /api/topologies/:name/without/worst', async ({ params }) => {
    const { model, diagnostics } = await usable(folder, params.name);
    return { formatVersion: 1, diagnostics, ...(await worst(model)) };
  });
}

function keptRehearsals(
  prepared: (model: Model) => Promise<Rehearsed>,
): (model: Model, hosts: readonly string[]) => Promise<Rehearsal> {
  const known = new WeakMap<Model, Map<string, Rehearsal>>();
  return async (model, hosts) => {
    const kept = known.get(model) ?? new Map<string, Rehearsal>();
    known.set(model, kept);
    const key = JSON.stringify(hosts);
    const found = kept.get(key) ?? rehearse(await prepared(model), hosts);
    const [oldest] = kept.keys();
    if (kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    return kept.set(key, found).get(key) ?? found;
  };
}

function inFolder({ file, line, column }: Place, folder: TopologyFolder): Place {
  return { file: folder.nameOf(file), line, column };
}

function decidedBy({ text, place }: By, folder: TopologyFolder): DecidedBy {
  return { text, file: place === null ? null : folder.nameOf(place.file), line: place?.line ?? null };
}
