import { familyOf } from '../core/address.ts';
import type { Model } from '../flow/model.ts';
import type { TemporaryMember } from '../flow/probe.ts';
import { connectAgent } from './control.ts';
import { plugPointsNeeded } from '../reach/world/plug-points.ts';
import { nodeOf, readLab } from './lab.ts';
import type { Lab } from './lab.ts';
import { nicName } from '../core/nic-name.ts';
import { endNodes, startNodes } from './nodes.ts';
import { plugIn } from './plug.ts';
import { MAIN_TABLE, shapeNode } from './shape.ts';
import { Failure } from '../core/failure.ts';

/** Makes members on networks that have none. Gives the lab with them in it; `removeTemporary` ends them. */
export async function makeTemporary(model: Model, members: readonly TemporaryMember[], lab: Lab): Promise<Lab> {
  if (members.length === 0) return lab;
  await startNodes(
    lab.folder,
    members.map(({ node }) => ({ name: node, kind: 'guest' })),
  );
  const larger = await readLab(lab.topology, lab.folder);
  if (larger === null) throw new Failure('lab', `The lab of ${lab.topology} is gone`);
  for (const { node, network, addresses, defaultVia } of members) {
    const device = nicName(network);
    await plugIn(larger, { node, device, points: plugPointsNeeded(model, network).slice(0, 1) });
    const agent = await connectAgent(nodeOf(larger, node));
    try {
      const usable = defaultVia.filter((via) => addresses.some((address) => familyOf(address) === familyOf(via)));
      await shapeNode(agent, {
        nics: [{ device, addresses, mtu: model.networks.get(network)?.mtu ?? null, mac: null }],
        own: [],
        routes: usable.map((via) => ({ to: 'default', via, device, table: MAIN_TABLE })),
        rules: [],
      });
    } finally {
      agent.close();
    }
  }
  return larger;
}

/** With a member's process go its NIC and, since they are one pair, the port that was made for it. */
export async function removeTemporary(members: readonly TemporaryMember[], lab: Lab): Promise<void> {
  await endNodes(
    lab.folder,
    members.map((member) => member.node),
  );
}
