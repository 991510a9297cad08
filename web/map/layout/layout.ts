import type { GraphDocument, GraphEdge, GraphNode } from '../../../server/flow/graph.ts';
import { BUS, FABRIC, GAP, LEFT_GAP, NETWORK_CARD, ROW_GAP, STAGE } from './measures.ts';
import type { Fabrics, Picture } from './picture.ts';
import { newPicture } from './picture.ts';
import { placeCard, placeHost } from './place-host.ts';
import { chooseRows } from './rows.ts';
import type { Row } from './rows.ts';
import type { MapLayout } from './shapes.ts';
import { repeatId } from './shapes.ts';
import type { Site } from './site.ts';
import { readSite } from './site.ts';
import type { LayerId } from '../layers.ts';
import { networkLabel } from './labels.ts';
import { label, labelWidth } from './text.ts';

/**
 * Where everything stands: networks are lanes from left to right, hosts are boxes that the lanes run through, and what has
 * several networks stands across their lanes. The same graph gives the same picture, whatever the order of its parts.
 *
 * `open` holds the ids of the hosts that are drawn with what is in them; the others are cards. `layer` says what is told of all.
 */
export function layoutMap(graph: GraphDocument, open: ReadonlySet<string>, layer: LayerId = 'overview'): MapLayout {
  const site = readSite(graph, layer);
  const cardWidth = Math.max(150, ...site.networks.map((network) => labelWidth(networkLabel(network, layer)) + 28));
  const left = cardWidth + LEFT_GAP;
  const shown = new Set(site.hosts.filter((host) => open.has(host.node.id)).flatMap((host) => [...host.networks]));
  const shelf = [...site.networks.filter((network) => !shown.has(network.id)), ...site.strays];
  // Without lanes nothing stands at the left of the hosts.
  const hostsFrom = shown.size > 0 ? left : 0;
  // Beside lanes alone the internet stands over the network cards, level with the fabrics.
  const internetAlone = site.internet !== null && (shown.size === 0 || shelf.length > 0);
  const above = (internetAlone ? NETWORK_CARD + 36 : 0) + shelfHeight(shelf.length, cardWidth);
  const rows = chooseRows(site, open, hostsFrom, above);
  const picture = newPicture();

  let y = 0;
  if (site.internet) {
    const { id } = site.internet;
    const text = label([site.internet.label]);
    const size = { x: cardWidth / 2, y: NETWORK_CARD / 2, w: cardWidth, h: NETWORK_CARD };
    picture.shape({ id, role: 'internet', subject: id, label: text, ...size });
    if (internetAlone) y += NETWORK_CARD + 36;
  }
  if (shelf.length > 0) {
    placeShelf(picture, site, shelf, cardWidth, y);
    y += shelfHeight(shelf.length, cardWidth);
  }

  const repeats = new Map<string, number>();
  for (const row of rows) {
    const free =
      site.internet && y < NETWORK_CARD && row.lanes.size > 0 ? Math.max(0, NETWORK_CARD + 24 - firstCardTop(row)) : 0;
    placeRow(picture, site, row, hostsFrom, y + free, cardWidth, repeats);
    y += free + row.h + ROW_GAP;
  }
  placeNetworkLines(picture, site);
  placeMappings(picture, site);
  return picture;
}

function firstCardTop(row: Row): number {
  return Math.min(...[...row.lanes.values()].map((lane) => lane.y)) - NETWORK_CARD / 2;
}

function shelfColumns(cardWidth: number): number {
  return Math.max(1, Math.floor((STAGE.w + GAP) / (cardWidth + GAP)));
}

function shelfHeight(count: number, cardWidth: number): number {
  return count === 0 ? 0 : Math.ceil(count / shelfColumns(cardWidth)) * (NETWORK_CARD + GAP) - GAP + ROW_GAP;
}

/** Networks that no open host is on, side by side above the hosts. */
function placeShelf(picture: Picture, { layer }: Site, nodes: readonly GraphNode[], w: number, from: number): void {
  const columns = shelfColumns(w);
  nodes.forEach((node, index) => {
    const isNetwork = node.kind === 'network';
    picture.shape({
      id: node.id,
      role: isNetwork ? 'network' : 'guest',
      subject: node.id,
      label: isNetwork ? networkLabel(node, layer) : label([node.label]),
      ...(isNetwork ? { network: node.id } : {}),
      x: (index % columns) * (w + GAP) + w / 2,
      y: from + Math.floor(index / columns) * (NETWORK_CARD + GAP) + NETWORK_CARD / 2,
      w,
      h: NETWORK_CARD,
    });
  });
}

function placeRow(
  picture: Picture,
  site: Site,
  row: Row,
  left: number,
  y: number,
  cardWidth: number,
  repeats: Map<string, number>,
): void {
  const repeat = (id: string): string => {
    const seen = repeats.get(id) ?? 0;
    repeats.set(id, seen + 1);
    return repeatId(id, seen);
  };
  const fabricShapes = placeFabrics(picture, row, left, y, repeat);
  for (const [network, lane] of row.lanes) {
    const node = site.nodes.get(network);
    const last = row.hosts.findLast(({ plan }) => plan.open && plan.site.networks.has(network));
    if (!node || !last) continue;
    const id = repeat(network);
    const common = { subject: network, network, y: y + lane.y };
    picture.shape({
      id,
      role: 'network',
      label: networkLabel(node, site.layer),
      x: cardWidth / 2,
      w: cardWidth,
      h: NETWORK_CARD,
      ...common,
    });
    const end = left + last.x + 2;
    picture.shape({
      id: `bus:${id}`,
      role: 'bus',
      label: '',
      x: (cardWidth + end) / 2,
      w: end - cardWidth,
      h: BUS,
      ...common,
    });
  }
  for (const { plan, x } of row.hosts) {
    const laneEnds = new Map([...row.lanes.keys()].map((network) => [network, goesOn(row, network, x)]));
    if (plan.open) placeHost(picture, plan, row, left + x, y, fabricShapes, laneEnds);
    else placeCard(picture, plan, left + x, y + row.top, fabricShapes);
  }
}

/** Whether a host further right in the row is on the network, so that its line leaves this host on the right. */
function goesOn(row: Row, network: string, x: number): boolean {
  return row.hosts.some((other) => other.x > x && other.plan.open && other.plan.site.networks.has(network));
}

function placeFabrics(picture: Picture, row: Row, left: number, y: number, repeat: (id: string) => string): Fabrics {
  return new Map(
    row.fabrics.map((fabric) => {
      const id = repeat(fabric.id);
      const [x, w] = [left + (fabric.from + fabric.to) / 2, fabric.to - fabric.from];
      picture.shape({ id, role: 'fabric', subject: fabric.id, label: fabric.label, x, y: y + fabric.y, w, h: FABRIC });
      return [fabric.id, { id, bottom: y + fabric.y + FABRIC / 2 }];
    }),
  );
}

function placeNetworkLines(picture: Picture, site: Site): void {
  const shapes = new Map(picture.shapes.map((shape) => [shape.id, shape]));
  const cards = picture.shapes.filter((shape) => shape.role === 'network').sort((a, b) => a.y - b.y);
  for (const edge of site.beyond) {
    const [card, internet] = [shapes.get(edge.source), shapes.get(edge.target)];
    if (!card || !internet) continue;
    const between = cards.some(
      (other) => other !== card && other.x === card.x && other.y > internet.y && other.y < card.y,
    );
    picture.line({
      id: edge.id,
      role: between ? 'bypass' : 'beyond',
      subject: edge.id,
      source: internet.id,
      target: card.id,
      network: card.id,
    });
  }
  for (const edge of site.underlay) {
    const [upper, lower] = [shapes.get(edge.target), shapes.get(edge.source)];
    if (upper && lower)
      picture.line({
        id: edge.id,
        role: 'underlay',
        subject: edge.id,
        source: upper.id,
        target: lower.id,
        network: edge.source,
      });
  }
}

/** From each gateway to the guests that it publishes, or to the cards that they lie in; one line for all ports of a guest. */
function placeMappings(picture: Picture, { mappings, nodes }: Site): void {
  const byEnds = new Map<string, { readonly source: string; readonly target: string; readonly edges: GraphEdge[] }>();
  const shapes = new Map(picture.shapes.map((shape) => [shape.id, shape]));
  for (const edge of mappings) {
    const source = picture.shapes.find(({ subject, role }) => subject === edge.source && role === 'gateway')?.id;
    const inside = picture.shapes.find(({ subject, role }) => subject === edge.target && role === 'guest')?.id;
    const target = inside ?? shapes.get(nodes.get(edge.target)?.parent ?? '')?.id;
    const from = source ?? shapes.get(nodes.get(edge.source)?.parent ?? '')?.id;
    if (from === undefined || target === undefined || from === target) continue;
    const known = byEnds.get(`${from} ${target}`) ?? { source: from, target, edges: [] };
    known.edges.push(edge);
    byEnds.set(`${from} ${target}`, known);
  }
  for (const { source, target, edges } of byEnds.values()) {
    const [first] = edges;
    if (!first) continue;
    const more = edges.length === 1 ? '' : ` +${String(edges.length - 1)}`;
    const text = label([`${first.label ?? ''}${more}`], 40);
    picture.line({ id: first.id, role: 'mapping', subject: first.id, source, target, label: text });
  }
}
