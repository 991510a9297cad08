import type { Model } from '../flow/model.ts';
import type { InternetNic } from '../flow/probe.ts';
import { connectAgent } from './control.ts';
import { plugPointsNeeded } from '../reach/world/plug-points.ts';
import { INTERNET, nodeOf } from './lab.ts';
import type { Lab } from './lab.ts';
import { nicName } from '../core/nic-name.ts';
import { providerRoutes } from '../reach/world/provider.ts';
import { plugIn } from './plug.ts';
import { MAIN_TABLE, shapeNode } from './shape.ts';
import type { NodeShape } from './shape.ts';

/** Plugs the node `internet` into every external network, as the provider's router there, with addresses beyond it. */
export async function attachInternet(model: Model, nics: readonly InternetNic[], lab: Lab): Promise<void> {
  for (const { network } of nics) {
    await plugIn(lab, { node: INTERNET, device: nicName(network), points: plugPointsNeeded(model, network) });
  }
  await shapeInternet(lab, internetShape(model, nics));
}

export async function shapeInternet(lab: Lab, shape: NodeShape): Promise<void> {
  const agent = await connectAgent(nodeOf(lab, INTERNET));
  try {
    await shapeNode(agent, shape);
  } finally {
    agent.close();
  }
}

export function internetShape(model: Model, nics: readonly InternetNic[]): NodeShape {
  return {
    nics: nics.map(({ network, routers }) => ({
      device: nicName(network),
      addresses: routers,
      mtu: model.networks.get(network)?.mtu ?? null,
      mac: null,
    })),
    own: [...new Set(nics.flatMap((nic) => nic.beyond))],
    routes: providerRoutes(model).map(({ to, via, network }) => ({
      ...{ to, via },
      device: nicName(network),
      table: MAIN_TABLE,
    })),
    rules: [],
  };
}
