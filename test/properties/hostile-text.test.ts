import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Step } from '../../server/flow/plan.ts';
import { KINDS } from '../../server/kinds/index.ts';
import { compileText } from '../../server/model/compile-file.ts';
import { desiredState } from '../../server/model/desired.ts';
import { planHost } from '../../server/plan/host.ts';
import { batchCommands } from '../../server/run/batch.ts';
import { emptyView } from '../support/toy-kind.ts';

const CANARY = 'zzcanary';

/** What shells, batches, nft, YAML, HTML, terminals and file systems each read as something else than text. */
const PAYLOADS = [
  `$(touch ${CANARY})`,
  `\`${CANARY}\``,
  `; ${CANARY}`,
  `| ${CANARY}`,
  `&& ${CANARY}`,
  `\n${CANARY}\n`,
  `# ${CANARY}`,
  `"${CANARY}`,
  `'${CANARY}`,
  `\\${CANARY}`,
  `} ${CANARY} {`,
  `; }\n\ttable inet ${CANARY} {`,
  `accept comment "${CANARY}"`,
  `@${CANARY}`,
  `-${CANARY}`,
  `--${CANARY}`,
  `../../${CANARY}`,
  `/${CANARY}`,
  `<script>${CANARY}</script>`,
  `<img src=x onerror=${CANARY}>`,
  `&lt;${CANARY}`,
  `\u001b]0;${CANARY}\u0007`,
  `\u001b[31m${CANARY}`,
  `\u202e${CANARY}`,
  `\0${CANARY}`,
  `!!js/function ${CANARY}`,
  `*${CANARY}`,
  `&${CANARY}`,
  `%${CANARY}`,
  `${CANARY}%d`,
  '__proto__',
  'constructor',
  'all',
  'default',
  'lo',
  CANARY.toUpperCase(),
  `${CANARY} ${CANARY}`,
  'ü'.repeat(80),
  'a'.repeat(300),
] as const;

const TEMPLATE = {
  topology: 'shop',
  description: 'words',
  networks: {
    wan: { vlan: 10, subnet: '192.0.2.0/24', router: '192.0.2.1', external: true },
    lan: { vlan: 20, subnet: ['10.1.1.0/24', '2001:db8:1::/64'], description: 'words' },
    far: { transport: 'vxlan', vni: 7, underlay: 'mgmt', subnet: '10.9.0.0/24' },
    mgmt: { vlan: 30, subnet: '10.0.20.0/24' },
  },
  hosts: {
    here: {
      access: 'ssh://root@here.example.net',
      bridges: { br0: { ports: ['eno1'], networks: ['wan', 'lan', 'mgmt'] } },
      nics: { mgmt: '10.0.20.11' },
    },
  },
  guests: {
    web: {
      on: 'here',
      nics: { lan: { address: '10.1.1.10', mac: '02:00:00:00:00:0a' }, far: '10.9.0.10' },
      listens: ['80/tcp'],
    },
  },
  gateways: {
    gw: {
      on: ['here'],
      runs: 'netns',
      nics: { wan: { address: '192.0.2.11' }, lan: { address: '10.1.1.1' } },
      nat: {
        masquerade: ['lan -> wan'],
        publish: ['443/tcp -> web:80', { listen: '192.0.2.12:25/tcp', to: 'web:80', from: ['198.51.100.0/24'] }],
      },
    },
  },
  policy: [{ allow: ['80/tcp', 'icmp'], from: 'lan', to: 'internet', log: true }],
  expect: [{ allow: '443/tcp', from: 'internet', to: '192.0.2.11', reaches: 'web:80' }],
};

type Tree = string | number | boolean | readonly Tree[] | { readonly [key: string]: Tree };

/** The tree with the n-th of its strings (keys count) replaced. Counts them all where n is negative. */
function poisoned(tree: Tree, n: number, payload: string): { readonly tree: Tree; readonly strings: number } {
  let seen = 0;
  const swap = (text: string): string => (seen++ === n ? payload : text);
  const walk = (node: Tree): Tree => {
    if (typeof node === 'string') return swap(node);
    if (typeof node !== 'object') return node;
    if (Array.isArray(node)) return (node as readonly Tree[]).map(walk);
    const entries = Object.entries(node as Record<string, Tree>).map(
      ([key, value]) => [swap(key), walk(value)] as const,
    );
    return Object.fromEntries(entries);
  };
  return { tree: walk(tree), strings: seen };
}

const STRINGS = poisoned(TEMPLATE, -1, '').strings;

function planned(text: string): readonly Step[] {
  const { model } = compileText({ file: 'x.yaml', text });
  if (model === null) return [];
  return [...model.hosts.keys()].flatMap(
    (host) => planHost(desiredState(model, host, KINDS), emptyView(host), KINDS).steps,
  );
}

test('the template is a topology, so that what follows is about the payloads', () => {
  expect(
    compileText({ file: 'x.yaml', text: JSON.stringify(TEMPLATE) }).diagnostics.filter(
      (each) => each.severity === 'error',
    ),
  ).toEqual([]);
  expect(planned(JSON.stringify(TEMPLATE)).length).toBeGreaterThan(20);
});

test.each(PAYLOADS)('%j in place of any text of a topology is refused, or reaches no command', (payload) => {
  for (let index = 0; index < STRINGS; index += 1) {
    const steps = planned(JSON.stringify(poisoned(TEMPLATE, index, payload).tree));
    expectClean(steps, payload);
  }
});

test('random text in random places', () => {
  fc.assert(
    fc.property(fc.nat(STRINGS - 1), fc.string({ unit: 'binary', maxLength: 30 }), (index, payload) => {
      expectClean(planned(JSON.stringify(poisoned(TEMPLATE, index, payload).tree)), payload);
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 1500) },
  );
});

/** Every word fits where it goes: batches refuse by themselves what they would read otherwise; nft gets only known bytes. */
function expectClean(steps: readonly Step[], payload: string): void {
  for (const batch of batchCommands(
    steps.flatMap((step, position) => step.commands.map((command) => ({ position, command }))),
  )) {
    const input = batch.program.stdin?.toString() ?? '';
    if (batch.tool === 'nft') expect(input.replace(/[\n\t]/g, '')).toMatch(/^[ -~]*$/);
    if (!/^[a-z0-9-]+$/.test(payload) && payload.includes(CANARY)) expect(input).not.toContain(CANARY);
    for (const word of batch.program.argv)
      if (payload.includes(CANARY) && !/^[a-z0-9-]+$/.test(payload)) expect(word).not.toContain(CANARY);
  }
}
