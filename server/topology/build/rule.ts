import type { ExpectLine, PolicyLine } from '../../flow/topology.ts';
import type { Service } from '../../flow/model.ts';
import { ANY_HOST } from '../grammar/even-without.ts';
import type { ExpectPart, PolicyPart } from '../schema/rule.ts';
import type { TreeNode } from '../tree.ts';
import { locatedList, nodeOf, textsOf } from './located.ts';

export function buildPolicy(
  parts: readonly PolicyPart[] | null | undefined,
  tree: TreeNode | undefined,
): readonly PolicyLine[] {
  return (parts ?? []).map((part, index) => {
    const node = nodeOf(tree, index);
    return { ...buildRule(part, node), log: part.log ?? false, reject: part.reject ?? false };
  });
}

export function buildExpect(
  parts: readonly ExpectPart[] | null | undefined,
  tree: TreeNode | undefined,
): readonly ExpectLine[] {
  return (parts ?? []).map((part, index) => {
    const node = nodeOf(tree, index);
    const rule = buildRule(part, node);
    const evenWithout = buildLost(part['even-without'], node);
    if (part.reaches === undefined)
      return { ...rule, ...evenWithout, text: `${rule.text}${lostText(evenWithout.evenWithout)}`, reaches: null };
    const reached = nodeOf(node, 'reaches');
    const text = textsOf(reached).join(' ');
    return {
      ...rule,
      ...evenWithout,
      text: `${rule.text} reaches ${text}${lostText(evenWithout.evenWithout)}`,
      reaches: { value: part.reaches, place: reached.place, text },
    };
  });
}

function buildLost(
  hosts: readonly string[] | undefined,
  node: TreeNode,
): { readonly evenWithout: ExpectLine['evenWithout'] } {
  if (hosts === undefined) return { evenWithout: null };
  const { place } = nodeOf(node, 'even-without');
  const value = hosts.includes(ANY_HOST) ? 'any' : locatedList(hosts, node, 'even-without');
  return { evenWithout: { value, place } };
}

function lostText(lost: ExpectLine['evenWithout']): string {
  if (lost === null) return '';
  return ` even without ${lost.value === 'any' ? ANY_HOST : lost.value.map((each) => each.value).join(', ')}`;
}

type Rule = Pick<PolicyLine, 'place' | 'text' | 'verdict' | 'services' | 'from' | 'to'>;

/** `text` is the line in one form, however it was laid out: `allow 80/tcp, icmp from shop to internet`. */
function buildRule(part: PolicyPart | ExpectPart, node: TreeNode): Rule {
  const verdict = part.allow === undefined ? 'deny' : 'allow';
  const services: readonly Service[] = (part[verdict] ?? []).flat();
  const [what, source, destination] = [verdict, 'from', 'to'].map((key) => textsOf(nodeOf(node, key)).join(', '));
  return {
    place: node.place,
    text: `${verdict} ${what ?? ''} from ${source ?? ''} to ${destination ?? ''}`,
    verdict,
    services,
    from: locatedList(part.from, node, 'from'),
    to: locatedList(part.to, node, 'to'),
  };
}
