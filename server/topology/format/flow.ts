/** Collections between brackets, on one line: `{ on: gw-x, nics: { shop: 10.1.1.10 } }`, `[25/tcp, 143/tcp]`. */
import { isMap, isSeq, type ParsedNode, type YAMLMap, type YAMLSeq } from 'yaml';
import { meaningBelow, type Meaning } from './canonical.ts';
import { keyName, keyText, propsText, scalarText } from './scalar.ts';

export function flowText(node: YAMLMap.Parsed | YAMLSeq.Parsed, text: string, meaning: Meaning): string {
  const props = propsText(node);
  const inside = isMap(node)
    ? node.items.map(({ key, value }) => {
        const below = meaningBelow(meaning, keyName(key));
        return [`${keyText(key, text, true)}:`, valueText(value, text, below)].filter((part) => part !== '').join(' ');
      })
    : node.items.map((item) => valueText(item, text, meaning));
  return `${props}${props === '' ? '' : ' '}${bracketed(inside, isMap(node))}`;
}

function bracketed(parts: readonly string[], isMapping: boolean): string {
  if (!isMapping) return `[${parts.join(', ')}]`;
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`;
}

function valueText(node: ParsedNode | null, text: string, meaning: Meaning): string {
  if (node === null) return '';
  if (isMap(node) || isSeq(node)) return flowText(node, text, meaning);
  return scalarText(node, text, { meaning, flow: true });
}
