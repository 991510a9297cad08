import { useEffect, useMemo } from 'react';
import type { PolicyAnswer } from '../../../server/api/schema/policy.ts';
import type { GraphDocument } from '../../../server/flow/graph.ts';
import { call } from '../../client/client.ts';
import { useAnswer } from '../../client/useAnswer.ts';
import { wayOnMap } from '../../map/way.ts';
import { Text } from '../../ui/Text.tsx';
import type { Stage } from '../mode.ts';
import { CellDetail } from './CellDetail.tsx';
import { matrixOf } from './matrix.ts';
import { PolicyTable } from './PolicyTable.tsx';
import './policy.css';

/** Who can reach whom, network by network. */
export function PolicyMode({ stage }: { readonly stage: Stage }) {
  const { name, graph } = stage;
  const answered = useAnswer(`policy ${name}`, (signal) =>
    call('GET /api/topologies/:name/policy', { params: { name } }, signal),
  );
  return (
    <section className="side policy" aria-label="Policy">
      {answered.state === 'waiting' ? <p className="side-note">Following packets between all networks …</p> : null}
      {answered.state === 'failed' ? (
        <p className="side-note bad" role="alert">
          <Text>{answered.error.message}</Text>
        </p>
      ) : null}
      {answered.state === 'ready' && graph !== null ? (
        <Loaded answer={answered.value} stage={stage} graph={graph} />
      ) : null}
    </section>
  );
}

interface LoadedProps {
  readonly answer: PolicyAnswer;
  readonly stage: Stage;
  readonly graph: GraphDocument;
}

/** With more ends than so many, those that nothing is open for are left out at first. */
const FEW = 24;

function Loaded({ answer, stage, graph }: LoadedProps) {
  const { kept, keep, show } = stage;
  const bare = kept['bare'] === undefined ? answer.to.length <= FEW : kept['bare'] === 'yes';
  const search = kept['find'] ?? '';
  const matrix = useMemo(() => matrixOf(answer, search, bare), [answer, search, bare]);
  const [from, to] = [kept['from'], kept['to']];
  const opened = useMemo(
    () =>
      from === undefined || to === undefined
        ? null
        : {
            from: answer.from.find(({ id }) => id === from),
            to: answer.to.find(({ id }) => id === to),
            cell: answer.cells.find((each) => each.from === from && each.to === to),
          },
    [answer, from, to],
  );
  useEffect(() => {
    if (opened?.from === undefined || opened.to === undefined) {
      show(null);
      return;
    }
    const ends = [opened.from.id, opened.to.id];
    const ways = (opened.cell?.flows ?? []).map(({ on }) =>
      wayOnMap(
        graph,
        on.map((each) => ({ on: each })),
      ),
    );
    show({ lit: new Set([...ends, ...ways.flatMap((way) => [...way])]), marks: new Map() });
  }, [opened, graph, show]);
  useEffect(
    () => () => {
      show(null);
    },
    [show],
  );
  return (
    <>
      <header className="side-head">
        <div className="side-title">
          <h1>Policy</h1>
          <span className="side-about">who can reach whom, as the file wants it</span>
          <button type="button" className="side-close" aria-label="Close" title="Close (Esc)" onClick={stage.close}>
            ×
          </button>
        </div>
        <div className="side-tools">
          <input
            type="search"
            className="search side-search"
            placeholder="Filter networks"
            aria-label="Filter networks"
            value={search}
            onChange={(event) => {
              keep({ find: event.target.value === '' ? null : event.target.value });
            }}
          />
          <label className="policy-bare">
            <input
              type="checkbox"
              checked={bare}
              onChange={(event) => {
                keep({ bare: event.target.checked ? 'yes' : 'no' });
              }}
            />
            also what is closed altogether
          </label>
        </div>
        <ul className="policy-key" aria-label="Signs">
          {(
            [
              ['all', '●', 'everything'],
              ['some', '◐', 'some'],
              ['control', '∘', 'control messages only'],
              ['unknown', '?', 'not known'],
              ['none', '–', 'nothing'],
            ] as const
          ).map(([sign, mark, words]) => (
            <li key={sign}>
              <span className={`policy-sign ${sign}`} aria-hidden="true">
                {mark}
              </span>{' '}
              {words}
            </li>
          ))}
        </ul>
        {answer.notes.map((note) => (
          <p key={note} className="side-shown">
            <Text>{note}</Text>
          </p>
        ))}
      </header>
      <PolicyTable
        matrix={matrix}
        opened={from === undefined || to === undefined ? null : { from, to }}
        chosen={stage.chosen}
        onOpen={(cell) => {
          keep({ from: cell?.from ?? null, to: cell?.to ?? null });
        }}
      />
      {opened?.from === undefined || opened.to === undefined ? null : (
        <CellDetail
          from={opened.from}
          to={opened.to}
          cell={opened.cell}
          stage={stage}
          onClose={() => {
            keep({ from: null, to: null });
          }}
        />
      )}
    </>
  );
}
