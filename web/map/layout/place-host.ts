import { cablesOf } from './fabrics.ts';
import type { HostPlan } from './host.ts';
import { jointLabel, leafLabel, portLabel } from './labels.ts';
import { BUS, CARD, DROP, GAP, HEAD, HEADER, JOINT, LEAF, PAD, PORT } from './measures.ts';
import type { Fabrics, Picture } from './picture.ts';
import { placeWire } from './picture.ts';
import type { Row } from './rows.ts';

export function placeCard(picture: Picture, plan: HostPlan, x: number, y: number, fabrics: Fabrics): void {
  const { node, ports } = plan.site;
  picture.shape({
    id: node.id,
    role: 'card',
    subject: node.id,
    label: plan.title,
    x: x + plan.w / 2,
    y: y + CARD.h / 2,
    w: plan.w,
    h: CARD.h,
  });
  // One line a fabric stands for all ports that go there.
  for (const [fabric, [cable = 0]] of cablesOf(plan)) {
    const wire = ports.flatMap((port) => port.wires).find((each) => each.target === fabric);
    if (wire) placeWire(picture, `${wire.id}@card`, wire, node.id, x + cable, fabrics);
  }
}

export function placeHost(
  picture: Picture,
  plan: HostPlan,
  row: Row,
  x: number,
  y: number,
  fabrics: Fabrics,
  laneGoesOn: ReadonlyMap<string, boolean>,
): void {
  const { site } = plan;
  const parent = site.node.id;
  const top = y + row.top;
  picture.shape({
    id: parent,
    role: 'host',
    subject: parent,
    label: '',
    x: x + plan.w / 2,
    y: top + row.hostHeight / 2,
    w: plan.w,
    h: row.hostHeight,
  });
  const headerY = top + PAD / 2 + HEADER / 2;
  const titleX = x + PAD / 2 + plan.titleWidth / 2;
  picture.shape({
    id: `title:${parent}`,
    role: 'title',
    subject: parent,
    label: plan.title,
    parent,
    x: titleX,
    y: headerY,
    w: plan.titleWidth,
    h: HEADER,
  });

  for (const { port, x: portX, w } of plan.ports) {
    const { id } = port.node;
    picture.shape({
      id,
      role: 'port',
      subject: id,
      label: portLabel(port, site.layer),
      parent,
      x: x + portX,
      y: headerY,
      w,
      h: PORT,
    });
    for (const wire of port.wires) placeWire(picture, wire.id, wire, id, x + portX, fabrics);
    if (port.uplink)
      picture.line({
        id: port.uplink.id,
        role: 'uplink',
        subject: port.uplink.id,
        source: id,
        target: port.uplink.source,
      });
  }

  const reach = new Map<string, number>();
  const joint = (id: string, subject: string, network: string, at: number, text = ''): void => {
    reach.set(network, Math.max(reach.get(network) ?? 0, at));
    const laneY = y + (row.lanes.get(network)?.y ?? 0);
    picture.shape({ id, role: 'joint', subject, label: text, parent, network, x: at, y: laneY, w: JOINT, h: JOINT });
  };
  for (const { tower, label: text, x: towerX, w, underPorts } of plan.towers) {
    const firstLane = Math.min(...tower.joints.map(({ network }) => row.lanes.get(network)?.y ?? Infinity));
    const headY =
      underPorts || !Number.isFinite(firstLane)
        ? top + HEADER + PAD + HEAD / 2 + 4
        : y + firstLane - GAP - HEAD / 2 - 2;
    picture.shape({
      id: tower.id,
      role: tower.role,
      subject: tower.node.id,
      label: text,
      parent,
      x: x + towerX,
      y: headY,
      w,
      h: HEAD,
    });
    for (const { edge, network } of tower.joints) {
      const id = `joint:${tower.id}:${edge.id}`;
      joint(id, edge.id, network, x + towerX, jointLabel(tower, edge, site.layer));
      const lineId = tower.id === tower.node.id ? edge.id : `${edge.id}@${parent}`;
      picture.line({ id: lineId, role: 'stem', subject: edge.id, source: tower.id, target: id, network });
    }
  }

  for (const [network, cell] of site.cells) {
    const laneY = y + (row.lanes.get(network)?.y ?? 0);
    cell.forEach((leaf, index) => {
      const column = index % plan.leafColumns;
      const centre = x + PAD + column * (plan.leafWidth + GAP) + plan.leafWidth / 2;
      const anchor = `joint:${parent}:${network}:${String(column)}`;
      if (index < plan.leafColumns) joint(anchor, leaf.edge.id, network, centre);
      const leafY = laneY + DROP + Math.floor(index / plan.leafColumns) * (LEAF + GAP) + LEAF / 2;
      const text = leafLabel(leaf, site.layer);
      const subject = leaf.role === 'nic' ? leaf.edge.id : leaf.node.id;
      const id = leaf.role === 'nic' ? `nic:${leaf.id}` : leaf.id;
      picture.shape({
        id,
        role: leaf.role,
        subject,
        label: text,
        parent,
        network,
        x: centre,
        y: leafY,
        w: plan.leafWidth,
        h: LEAF,
      });
      picture.line({ id: leaf.edge.id, role: 'drop', subject: leaf.edge.id, source: id, target: anchor, network });
    });
  }

  for (const network of [...row.lanes.keys()].filter((each) => site.networks.has(each))) {
    const end = laneGoesOn.get(network) === true ? x + plan.w : (reach.get(network) ?? x);
    const laneY = y + (row.lanes.get(network)?.y ?? 0);
    picture.shape({
      id: `segment:${parent}:${network}`,
      role: 'segment',
      subject: network,
      label: '',
      parent,
      network,
      x: (x + end) / 2,
      y: laneY,
      w: end - x,
      h: BUS,
    });
  }
}
