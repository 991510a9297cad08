/**
 * Who may import whom, and why: `api, cli, lab → run → reach, plan, observe, model, topology → kinds (through the list) → flow → core`,
 * with `host` for those only that reach machines. test/house/imports.test.ts shows that every rule here can fail.
 */

/** Everything below server/ but the named folders. */
const serverBut = (...folders) => `^server/(?!(${folders.join('|')})/)`;

const OUTSIDE_WORLD =
  '^(node:)?(fs|fs/promises|child_process|net|http|https|http2|dgram|dns|os|tty|readline|worker_threads|cluster)$|(^|node_modules/)(execa|fastify)(/|$)';

/** Runs in the page as well as in the server: what is asked with, and words and orders that both must have the same. */
const SHARED_WITH_PAGE = '^server/(api/client|core/role|flow/plan-words)[.]ts$';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Parts that need each other are one part: what they share belongs in a third file below both.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'everything-is-there',
      comment: 'An import of something that does not exist works nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'core-knows-nobody',
      comment: 'Addresses, diagnostics and failures are shared by all: what they would import, all would depend on.',
      severity: 'error',
      from: { path: '^server/core/' },
      to: { path: serverBut('core') },
    },
    {
      name: 'flow-is-values',
      comment: 'The values that stages hand on mean the same to each of them, so they know none of them.',
      severity: 'error',
      from: { path: '^server/flow/' },
      to: { path: serverBut('flow', 'core') },
    },
    {
      name: 'kinds-know-no-stage',
      comment: 'A kind says what its resource is and needs; order, execution and reading are the work of stages.',
      severity: 'error',
      from: { path: '^server/kinds/' },
      to: { path: serverBut('kinds', 'flow', 'core') },
    },
    {
      name: 'kinds-do-not-know-each-other',
      comment:
        'What two kinds share lies in a plain file directly under server/kinds; so a kind can be added or taken away alone.',
      severity: 'error',
      from: { path: '^server/kinds/([^/]+)/' },
      to: { path: '^server/kinds/[^/]+/', pathNot: '^server/kinds/$1/' },
    },
    {
      name: 'shared-kind-files-know-no-kind',
      comment: 'Through a shared file that knows a kind, the others would import it; only the list knows them all.',
      severity: 'error',
      from: { path: '^server/kinds/[^/]+$', pathNot: '^server/kinds/index[.]ts$' },
      to: { path: '^server/kinds/([^/]+/|index[.]ts$)' },
    },
    {
      name: 'kinds-through-the-list',
      comment: 'A stage that imports one kind knows it by name; it would need an edit for the next one.',
      severity: 'error',
      from: { path: serverBut('kinds') },
      to: { path: '^server/kinds/[^/]+/' },
    },
    {
      name: 'stages-meet-in-values',
      comment:
        'Reading the file, compiling, observing and planning are joined by those above, through the values of server/flow.',
      severity: 'error',
      from: { path: '^server/(topology|model|observe|plan)/' },
      to: { path: serverBut('topology', 'model', 'observe', 'plan', 'kinds', 'flow', 'core', 'host') },
    },
    {
      name: 'plan-needs-only-states',
      comment: 'A plan is made from a desired and an observed state, wherever they come from: a host, a lab, a file.',
      severity: 'error',
      from: { path: '^server/plan/' },
      to: { path: '^server/(topology|model|observe)/' },
    },
    {
      name: 'observing-knows-no-intention',
      comment: 'What is read from a host must not depend on what somebody wants there.',
      severity: 'error',
      from: { path: '^server/observe/' },
      to: { path: '^server/(topology|model|plan)/' },
    },
    {
      name: 'import-goes-by-the-snapshot',
      comment:
        'An import must come out the same from a folder as from the host itself, and knows no kind: it writes what the language can say.',
      severity: 'error',
      from: { path: '^server/import/' },
      to: { path: serverBut('import', 'topology', 'flow', 'core') },
    },
    {
      name: 'reach-judges-values',
      comment:
        'What rules let through is said of any host, ours or not, from a listing or a file: it must not depend on what we would have made there.',
      severity: 'error',
      from: { path: '^server/reach/' },
      to: { path: serverBut('reach', 'flow', 'core') },
    },
    {
      name: 'audit-judges-values',
      comment:
        'A finding is said of what was found or is wanted, whoever asks and however it was read: a snapshot of years ago must give the same.',
      severity: 'error',
      from: { path: '^server/audit/' },
      to: { path: serverBut('audit', 'reach', 'flow', 'core') },
    },
    {
      name: 'store-keeps-what-it-is-told',
      comment: 'The store keeps values for whoever asks; how a run is made, or shown, is not its business.',
      severity: 'error',
      from: { path: '^server/store/' },
      to: { path: serverBut('store', 'flow', 'core') },
    },
    {
      name: 'run-serves-any-front',
      comment:
        'A run is started by the command line, the API and the lab alike, so it knows none of them; it tells what it does, and who keeps that is their choice.',
      severity: 'error',
      from: { path: '^server/run/' },
      to: { path: '^server/(api|cli|lab|store|operator)/' },
    },
    {
      name: 'lab-and-api-without-the-command-line',
      comment: 'The command line is one of the fronts: what the others need of it belongs below it.',
      severity: 'error',
      from: { path: serverBut('cli') },
      to: { path: '^server/cli/' },
    },
    {
      name: 'lab-without-the-api',
      comment: 'The lab works without a server running.',
      severity: 'error',
      from: { path: '^server/lab/' },
      to: { path: '^server/api/' },
    },
    {
      name: 'operator-speaks-no-http',
      comment:
        'The process that may act on hosts reads nothing that comes from the network: that is what the other one is for.',
      severity: 'error',
      from: { path: '^server/operator/' },
      to: { path: '(^|node_modules/)@?fastify(/|$)', reachable: true },
    },
    {
      name: 'host-knows-no-stage',
      comment: 'A connection carries programs and bytes; it must not matter to it what they are for.',
      severity: 'error',
      from: { path: '^server/host/' },
      to: { path: serverBut('host', 'flow', 'core') },
    },
    {
      name: 'machines-only-through-run-observe-lab',
      comment: 'Everything that can change or read a machine is found in these three folders.',
      severity: 'error',
      from: { path: serverBut('run', 'observe', 'lab', 'host') },
      to: { path: '^server/host/' },
    },
    {
      name: 'processes-only-in-host-and-lab',
      comment: 'Commands are rendered from validated values and started in one place: nobody else starts a process.',
      severity: 'error',
      // The web process is the server's own program; it is told how to run on its input.
      from: { path: serverBut('host', 'lab'), pathNot: '^server/operator/(start-web|web)[.]ts$' },
      to: { path: '^(node:)?child_process$|(^|node_modules/)execa(/|$)' },
    },
    {
      name: 'pure-parts-stay-pure',
      comment:
        'Plans, models, kinds and judgements are functions of their arguments: the same in a test, a lab, a browser and production.',
      severity: 'error',
      from: { path: '^server/(core|flow|kinds|model|plan|import|reach|audit)/' },
      to: { path: OUTSIDE_WORLD },
    },
    {
      name: 'server-without-the-page',
      comment: 'The server hands out the built page as files; it works without it.',
      severity: 'error',
      from: { path: '^server/' },
      to: { path: '^web/' },
    },
    {
      name: 'page-knows-only-types',
      comment: 'The page and the server agree on shapes; code of the server in a browser would be a second server.',
      severity: 'error',
      from: { path: '^web/' },
      // What both run brings nothing else along: the next rule.
      to: { path: '^server/', pathNot: SHARED_WITH_PAGE, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'client-brings-no-server',
      comment: 'What runs in the browser too knows the rest of the server by its types.',
      severity: 'error',
      from: { path: SHARED_WITH_PAGE },
      to: { dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'page-knows-only-values-and-schema',
      comment: 'What the page shows are the values of flow and core and the answers of the API, not how they are made.',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^server/', pathNot: '^server/(flow/|core/|api/(schema/|client[.]ts$))' },
    },
    {
      name: 'cytoscape-only-in-the-map',
      comment: 'The drawing library can be exchanged by rewriting one folder.',
      severity: 'error',
      from: { path: '^(web/(?!map/)|server/)' },
      to: { path: '(^|node_modules/)cytoscape(/|$)' },
    },
    {
      name: 'ships-what-it-needs',
      comment: 'The server runs with the packages under `dependencies`; the rest is not installed for users.',
      severity: 'error',
      from: { path: '^server/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'product-without-its-tests',
      comment: 'Tests and scripts use the product, never the other way round.',
      severity: 'error',
      from: { path: '^(server|web)/' },
      to: { path: '^(test|scripts)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // `import type` counts: a type from the wrong side is a dependency on it all the same.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
