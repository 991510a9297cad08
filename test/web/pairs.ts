import type { GraphDocument } from '../../server/flow/graph.ts';
import type { HostView } from '../../server/flow/hostview.ts';
import type { Model } from '../../server/flow/model.ts';
import type { ShownPlan } from '../../server/flow/plan.ts';
import type { Kind } from '../../server/kinds/kind.ts';
import { KINDS } from '../../server/kinds/index.ts';
import { desiredState } from '../../server/model/desired.ts';
import { graphDocument } from '../../server/model/graph.ts';
import { showPlan } from '../../server/plan/document.ts';
import { planHost } from '../../server/plan/host.ts';
import { planOf } from '../../server/plan/summary.ts';

export interface Pair {
  readonly plan: ShownPlan;
  /** Of what is planned. */
  readonly graph: GraphDocument;
}

/** The plan that leads from hosts which are as one model wants them (`null`: bare ones) to another, and the graph of that one. */
export function planned(before: Model | null, after: Model): Pair {
  const hosts = [...after.hosts.keys()].map((host) =>
    planHost(desiredState(after, host, KINDS), bareHost(host), seeing(before, host)),
  );
  return { plan: showPlan(planOf(after.topology, hosts)), graph: graphDocument(after) };
}

/** The kinds of the product, to whom a host looks just as the model wants it. */
function seeing(model: Model | null, host: string): readonly Kind[] {
  const found = model?.hosts.has(host) === true ? [...desiredState(model, host, KINDS).resources.values()] : [];
  return KINDS.map((kind) => ({ ...kind, observe: () => found.filter((each) => each.kind === kind.name) }));
}

function bareHost(host: string): HostView {
  const scope = { scope: '', links: new Map(), routes: [], rules: [], tables: [], sysctls: new Map() };
  return { host, scopes: new Map([['', scope]]), namespaces: [], record: null };
}
