/** `balance` and `intercept`: connections handed to one of several targets. */
import type { BalanceLine, InterceptLine, Located, TargetRef } from '../../flow/topology.ts';
import type { TargetText } from '../grammar/target.ts';
import type { BalancePart, InterceptPart } from '../schema/gateway.ts';
import { child, type TreeNode } from '../tree.ts';
import { itemOf, located, locatedList, nodeOf, textsOf } from './located.ts';
import { outsideText } from './publish.ts';

/** A port without a protocol is two lines. */
export function buildBalances(
  parts: readonly BalancePart[] | null | undefined,
  owner: TreeNode,
): readonly BalanceLine[] {
  return itemsOf(parts, child(owner, 'balance')).flatMap(([part, node]) =>
    part.listen.services.map(({ protocol, ports }) => ({
      place: node.place,
      text: `${outsideText(part.listen, protocol, ports)} -> ${textsOf(nodeOf(node, 'to')).join(', ')}`,
      listen: part.listen.address === null ? null : { value: part.listen.address, place: nodeOf(node, 'listen').place },
      protocol,
      ports,
      to: targetsOf(part.to, node),
      method: located(part.method, node, 'method'),
      health: located(part.health, node, 'health'),
    })),
  );
}

export function buildIntercepts(
  parts: readonly InterceptPart[] | null | undefined,
  owner: TreeNode,
): readonly InterceptLine[] {
  return itemsOf(parts, child(owner, 'intercept')).map(([part, node]) => {
    const [take, from, to] = ['take', 'from', 'to'].map((key) => textsOf(nodeOf(node, key)).join(', '));
    return {
      place: node.place,
      text: `${take ?? ''} from ${from ?? ''} to ${to ?? ''}`,
      services: part.take.flat(),
      from: locatedList(part.from, node, 'from'),
      to: targetsOf(part.to, node),
    };
  });
}

function targetsOf(targets: readonly TargetText[], node: TreeNode): readonly Located<TargetRef>[] {
  return locatedList(targets, node, 'to').map(({ value: { target, port }, place }) => ({
    value: { ...target, port },
    place,
  }));
}

function itemsOf<P>(
  parts: readonly P[] | null | undefined,
  list: TreeNode | undefined,
): readonly (readonly [P, TreeNode])[] {
  return list === undefined ? [] : (parts ?? []).map((part, index) => [part, itemOf(list, index)] as const);
}
