/** What most topologies use, done once while the picture is taken: the functions that it needs are compiled in it. */
import type { HostView } from '../../server/flow/hostview.ts';
import { KINDS } from '../../server/kinds/index.ts';
import { compileText } from '../../server/model/compile-file.ts';
import { desiredState } from '../../server/model/desired.ts';
import { planHost } from '../../server/plan/host.ts';

const EXAMPLE = `topology: example
networks:
  wan: { subnet: 198.51.100.0/24, router: 198.51.100.1, external: true }
  apps: { vlan: 20, subnet: 10.0.0.0/24 }
hosts:
  here: { access: local, bridges: { br0: { } }, nics: { apps: 10.0.0.2 } }
gateways:
  gw:
    on: [here]
    runs: netns
    nics: { apps: { address: 10.0.0.1 }, wan: { address: 198.51.100.2 } }
    nat:
      masquerade: [apps -> wan]
guests:
  web: { on: here, nics: { apps: 10.0.0.10 }, listens: [443/tcp] }
  mail: { on: here, nics: { apps: auto } }
policy:
  - { allow: 443/tcp, from: internet, to: web }
  - { allow: icmp, from: web, to: mail }
`;

const EMPTY: HostView = {
  host: 'here',
  scopes: new Map([
    ['', { scope: '', links: new Map(), routes: [], rules: [], tables: [], sysctls: new Map<string, string>() }],
  ]),
  namespaces: [],
  record: null,
};

export function useOnce(): void {
  const { model } = compileText({ file: 'example.yaml', text: EXAMPLE });
  if (model === null) throw new Error('the example is no topology any more');
  planHost(desiredState(model, 'here', KINDS), EMPTY, KINDS);
}
