/** Items of `use`: `./parts/monitoring.yaml`, or `{ file: ./parts/app-network.yaml, with: { name: crm, vlan: 301 } }`. */
import { nearestHint } from '../../core/nearest.ts';
import type { Place } from '../../core/place.ts';
import { quoted } from '../../core/visible-text.ts';
import type { MapEntry, ScalarNode, TreeNode } from '../tree.ts';
import { surveyScalar, type KnownNames, type Templates } from './templates.ts';

export interface Use {
  readonly place: Place;
  readonly file: ScalarNode;
  readonly given: readonly Given[];
}

/** A value for a parameter of the part. */
export interface Given {
  readonly name: string;
  readonly place: Place;
  readonly value: ScalarNode;
}

const KEYS = ['file', 'with'];

/** `undefined` where a problem was found. */
export function readUses(item: TreeNode, known: KnownNames, templates: Templates): Use | undefined {
  if (item.type === 'scalar') {
    const file = fileOf(item, item.place, known, templates);
    return file === undefined ? undefined : { place: item.place, file, given: [] };
  }
  const { problems } = templates;
  if (item.type === 'list') {
    problems.add('wrong-type', item.place, 'An item of `use` is the path of a file, or a map; this is a list.');
    return undefined;
  }
  let sound = true;
  for (const { key, keyPlace } of item.entries.values()) {
    if (KEYS.includes(key)) continue;
    const hint = nearestHint(key, KEYS) ?? 'what the part is told stands under `with`';
    problems.add('unknown-key', keyPlace, `${quoted(key)} is no key of an item of \`use\`.`, { hint });
    sound = false;
  }
  const file = fileOf(item.entries.get('file')?.value, item.place, known, templates);
  const given = givenBy(item.entries.get('with'), known, templates);
  return sound && file !== undefined && given !== undefined ? { place: item.place, file, given } : undefined;
}

function fileOf(
  node: TreeNode | undefined,
  place: Place,
  known: KnownNames,
  templates: Templates,
): ScalarNode | undefined {
  if (node === undefined || (node.type === 'scalar' && node.value === null)) {
    templates.problems.add('missing-key', node?.place ?? place, 'This item of `use` names no file.', {
      hint: 'write `file: ./parts/NAME.yaml`',
    });
    return undefined;
  }
  if (node.type !== 'scalar') {
    templates.problems.add('wrong-type', node.place, `\`file\` takes the path of one file; this is a ${node.type}.`);
    return undefined;
  }
  surveyScalar(node, known, templates);
  return node;
}

function givenBy(entry: MapEntry | undefined, known: KnownNames, templates: Templates): readonly Given[] | undefined {
  const node = entry?.value;
  if (node === undefined || (node.type === 'scalar' && node.value === null)) return [];
  if (node.type !== 'map') {
    templates.problems.add('wrong-type', node.place, '`with` takes a map of parameters and their values.', {
      hint: 'write `with: { name: crm, vlan: 301 }`',
    });
    return undefined;
  }
  const given: Given[] = [];
  for (const { key, keyPlace, value } of node.entries.values()) {
    if (value.type === 'scalar' && value.value !== null) {
      surveyScalar(value, known, templates);
      given.push({ name: key, place: keyPlace, value });
    } else {
      const found = value.type === 'scalar' ? 'nothing is written' : `this is a ${value.type}`;
      templates.problems.add('wrong-type', value.place, `Parameter ${quoted(key)} takes one value; ${found}.`);
    }
  }
  return given.length === node.entries.size ? given : undefined;
}
