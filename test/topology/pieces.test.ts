import { expect, test } from 'vitest';
import { collectProblems } from '../../server/topology/problems.ts';
import { cutTree } from '../../server/topology/pieces.ts';
import { readTopology } from '../../server/topology/read.ts';
import { child, type TreeNode } from '../../server/topology/tree.ts';
import { readYaml } from '../../server/topology/yaml/read-yaml.ts';

const GUESTS = 1_234;

function treeOf(text: string): TreeNode {
  const tree = readYaml({ file: 'x', text }, collectProblems());
  if (tree === null) throw new TypeError('not read');
  return tree;
}

function keysOf(tree: TreeNode | undefined): readonly string[] {
  return tree?.type === 'map' ? [...tree.entries.keys()] : [];
}

const MANY = `topology: many
unknown: 1
networks: { n: { subnet: 10.0.0.0/16 } }
guests: { ${Array.from({ length: GUESTS }, (_, at) => `g${String(at)}: { on: h, nics: { n: auto } }`).join(', ')} }
policy: [${Array.from({ length: GUESTS }, () => '{ allow: any, from: n, to: n }').join(', ')}]
`;

test('every entry and rule is in one piece, and what is forgotten is not left', () => {
  const tree = treeOf(MANY);
  const pieces = cutTree(tree);
  expect([...keysOf(pieces.head)].sort()).toEqual(['guests', 'networks', 'policy', 'topology', 'unknown']);
  expect(keysOf(child(pieces.head, 'guests'))).toEqual([]);
  const seen: string[] = [];
  let rules = 0;
  pieces.each((piece) => {
    const guests = keysOf(child(piece, 'guests'));
    const policy = child(piece, 'policy');
    seen.push(...guests);
    rules += policy?.type === 'list' ? policy.items.length : 0;
    return guests.includes('g0') || policy !== undefined;
  });
  expect(seen).toEqual(Array.from({ length: GUESTS }, (_, at) => `g${String(at)}`));
  expect(rules).toBe(GUESTS);
  const left = pieces.left();
  const guests = keysOf(child(left, 'guests'));
  expect(guests).not.toContain('g0');
  expect(guests).toContain(`g${String(GUESTS - 1)}`);
  expect(child(left, 'policy')).toMatchObject({ items: [] });
  // What is cut from is never changed.
  expect(keysOf(child(tree, 'guests'))).toHaveLength(GUESTS);
});

test('a mistake in a late piece hides nothing of the early ones', () => {
  const guests = Array.from(
    { length: GUESTS },
    (_, at) =>
      `  g${String(at)}: { on: h, nics: { ${at === 3 ? 'nowhere' : 'n'}: ${at === GUESTS - 1 ? '10.0.0.999' : 'auto'} } }`,
  ).join('\n');
  const { topology, diagnostics } = readTopology({
    file: 'x',
    text: `topology: many\nhosts: { h: { access: local } }\nnetworks: { n: { subnet: 10.0.0.0/16 } }\nguests:\n${guests}\n`,
  });
  expect(diagnostics.filter((each) => each.severity === 'error')).toHaveLength(1);
  expect(topology?.guests.size).toBe(GUESTS - 1);
  expect(topology?.guests.has('g3')).toBe(true);
  expect([...(topology?.damaged ?? [])]).toEqual([`g${String(GUESTS - 1)}`]);
});
