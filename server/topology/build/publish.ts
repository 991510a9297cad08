import type { Located, PublishLine } from '../../flow/topology.ts';
import type { PortRange } from '../../flow/model.ts';
import type { ListenText } from '../grammar/publish.ts';
import type { TargetText } from '../grammar/target.ts';
import type { GatewayPart, PublishPart } from '../schema/gateway.ts';
import type { TreeNode } from '../tree.ts';
import { itemOf, locatedList, nodeOf, textsOf } from './located.ts';

export function buildPublishes(
  parts: NonNullable<GatewayPart['nat']>['publish'],
  nat: TreeNode,
): readonly PublishLine[] {
  return (parts ?? []).flatMap((part, index) => buildPublish(part, itemOf(nodeOf(nat, 'publish'), index)));
}

/** Both forms in one shape. A port without a protocol is two mappings. */
function buildPublish(part: PublishPart, node: TreeNode): readonly PublishLine[] {
  if ('toText' in part) {
    return linesOf(part.listen, part.to, part.toText, { item: node, listen: node, to: node }, null);
  }
  const places = { item: node, listen: nodeOf(node, 'listen'), to: nodeOf(node, 'to') };
  const toText = textsOf(places.to).join(' ');
  return linesOf(
    part.listen,
    part.to,
    toText,
    places,
    part.from === undefined ? null : locatedList(part.from, node, 'from'),
  );
}

interface Nodes {
  readonly item: TreeNode;
  readonly listen: TreeNode;
  readonly to: TreeNode;
}

function linesOf(
  listen: ListenText,
  to: TargetText,
  toText: string,
  nodes: Nodes,
  from: readonly Located<string>[] | null,
): readonly PublishLine[] {
  const limit = from === null ? '' : ` from ${from.map(({ value }) => value).join(', ')}`;
  return listen.services.map(({ protocol, ports }) => ({
    place: nodes.item.place,
    text: `${outsideText(listen, protocol, ports)} -> ${toText}${limit}`,
    listen: listen.address === null ? null : { value: listen.address, place: nodes.listen.place },
    protocol,
    ports,
    to: { value: to.target, place: nodes.to.place },
    toPort: to.port,
    from,
  }));
}

/** `192.0.2.12:25/tcp`, in one form however it was written. */
export function outsideText({ address }: ListenText, protocol: string, ports: readonly PortRange[]): string {
  const list = ports
    .map(({ first, last }) => (first === last ? String(first) : `${String(first)}-${String(last)}`))
    .join(',');
  const head = address === null ? '' : address.includes(':') ? `[${address}]:` : `${address}:`;
  return `${head}${list}/${protocol}`;
}
