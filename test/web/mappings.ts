/** One gateway that publishes so many ports of so many guests. */
export function publishingText(mappings: number, count = 50): string {
  const guests = Array.from({ length: count }, (_, index) => index);
  const each = Math.ceil(mappings / guests.length);
  return [
    'topology: many',
    'networks:',
    '  wan: { subnet: 192.0.2.0/24, router: 192.0.2.1, external: true }',
    '  app: { subnet: 10.1.1.0/24 }',
    'hosts:',
    '  node: { access: local, bridges: { br-wan: { ports: [eno1], networks: [wan] }, br-app: { networks: [app] } } }',
    'guests:',
    ...guests.map(
      (index) =>
        `  srv${String(index)}: { on: node, nics: { app: 10.1.1.${String(10 + index)} }, listens: [8000-${String(7999 + each)}/tcp] }`,
    ),
    'gateways:',
    '  gw:',
    '    on: node',
    '    runs: netns',
    '    nics: { wan: { address: 192.0.2.11 }, app: 10.1.1.1 }',
    '    nat:',
    '      masquerade: [app -> wan]',
    '      publish:',
    ...Array.from(
      { length: mappings },
      (_, index) =>
        `        - ${String(20_000 + index)}/tcp -> srv${String(index % guests.length)}:${String(8000 + Math.floor(index / guests.length))}`,
    ),
    '',
  ].join('\n');
}

/** Descriptions that would be HTML. */
export function hostileText(): string {
  return [
    'topology: hostile',
    'description: "<img src=x onerror=alert(1)> <script>alert(1)</script>"',
    'networks:',
    '  wan: { subnet: 192.0.2.0/24, router: 192.0.2.1, external: true, description: "<b>wan</b>" }',
    '  app: { subnet: 10.1.1.0/24 }',
    'hosts:',
    '  node: { access: local, bridges: { br-wan: { ports: [eno1], networks: [wan] }, br-app: { networks: [app] } } }',
    'guests:',
    '  web: { on: node, nics: { app: 10.1.1.10 }, listens: [22/tcp], description: "<img src=x>" }',
    'gateways:',
    '  gw:',
    '    on: node',
    '    runs: netns',
    '    description: "<img src=x>"',
    '    nics: { wan: { address: 192.0.2.11 }, app: 10.1.1.1 }',
    '    nat: { masquerade: [app -> wan], publish: [22/tcp -> web:22] }',
    '',
  ].join('\n');
}

/** The file beside it, with a reason that would be HTML and turn text round. */
export function hostileAccepted(): string {
  return [
    'suppress:',
    '  - finding: EXP-001',
    '    reason: "<img src=x onerror=alert(1)>\\u202etxt.exe"',
    '    until: 2099-12-31',
    '',
  ].join('\n');
}
