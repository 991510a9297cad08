/** What most topologies use, done once while the picture is taken: the functions that it needs are compiled in it. */
import { DummyDriver, Kysely, sql, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import type { HostView } from '../../server/flow/hostview.ts';
import { KINDS } from '../../server/kinds/index.ts';
import { compileText } from '../../server/model/compile-file.ts';
import { desiredState } from '../../server/model/desired.ts';
import { Failure } from '../../server/core/failure.ts';
import { readReading } from '../../server/observe/host.ts';
import { planDocument } from '../../server/plan/document.ts';
import { planHost } from '../../server/plan/host.ts';
import { planOf } from '../../server/plan/summary.ts';
import { planText } from '../../server/plan/text.ts';
import { stageProgram } from '../../server/run/kept.ts';
import { bootFiles, firstCreation } from '../../server/run/boot-files.ts';
import { undoOf } from '../../server/run/host-run.ts';
import { JOURNAL_FORMAT, journalPrograms } from '../../server/run/journal.ts';
import { trafficOf } from '../../server/run/traffic.ts';
import reading from './example-reading.json' with { type: 'json' };

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
  askOnce();
  const { model } = compileText({ file: 'example.yaml', text: EXAMPLE });
  if (model === null) throw new Error('the example is no topology any more');
  const desired = desiredState(model, 'here', KINDS);
  for (const view of [EMPTY, readExample()]) {
    const plan = planHost(desired, view, KINDS);
    const whole = planOf('example', [plan]);
    planText(whole, { summary: false, traffic: [] });
    JSON.stringify(planDocument(whole, trafficOf(model, whole)));
    const meta = { formatVersion: JOURNAL_FORMAT, run: 'example', topology: 'example', who: 'build', at: '' };
    journalPrograms({ meta, undo: undoOf(plan), windowS: 0, over: null });
    const kept = { meta, record: view.record, fromNothing: true };
    stageProgram('kept.new', bootFiles(firstCreation(desired, KINDS), kept, KINDS));
  }
}

/** What the history asks of its database, which itself cannot be in a picture. */
function askOnce(): void {
  const database = new Kysely<{ entries: Record<'number' | 'hash' | 'run', string> }>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (asked) => new SqliteIntrospector(asked),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
  database
    .selectFrom('entries')
    .select(['number', 'hash'])
    .where('run', '=', '')
    .orderBy('number', 'desc')
    .limit(1)
    .compile();
  database.insertInto('entries').values({ number: '1', hash: '', run: '' }).compile();
  sql`pragma user_version`.compile(database);
}

/** What the observing script printed of a host with a part of the example on it, cut at its NULs. */
function readExample(): HostView {
  const read = readReading('here', 'example', Buffer.from(reading.pieces.join('\0'), 'latin1'));
  if (read instanceof Failure) throw read;
  return read.view;
}
