import type { PolicyCell, PolicyEnd, PolicyFlow } from '../../../server/api/schema/policy.ts';
import { Text } from '../../ui/Text.tsx';
import { Line } from '../Line.tsx';
import type { Stage } from '../mode.ts';

interface CellDetailProps {
  readonly from: PolicyEnd;
  readonly to: PolicyEnd;
  /** Left out where nothing is open. */
  readonly cell: PolicyCell | undefined;
  readonly stage: Stage;
  readonly onClose: () => void;
}

const VERDICTS = {
  all: ['unsure', 'Everything gets through'],
  some: ['good', 'Some gets through'],
  unknown: ['unsure', 'Something is not understood: it may be open'],
} as const;

/** What is open between two ends, by which lines, each with a packet to follow. */
export function CellDetail({ from, to, cell, stage, onClose }: CellDetailProps) {
  const [tone, words] = cell === undefined ? (['', 'Nothing gets through'] as const) : VERDICTS[cell.verdict];
  return (
    <article className="cell-detail" aria-label="What is open">
      <button type="button" className="close" aria-label="Close the cell" onClick={onClose}>
        ×
      </button>
      <h2>
        <Text>{from.name}</Text> → <Text>{to.name}</Text>
      </h2>
      <p className={`verdict ${tone}`}>
        <b>{words}</b>
        {cell === undefined ? null : (
          <span className="said">
            <Text>{cell.services.join(', ')}</Text>
          </span>
        )}
      </p>
      {cell === undefined ? <WhyNot {...{ from, to, stage }} /> : null}
      {cell === undefined ? null : (
        <ol className="flows">
          {cell.flows.map((flow, at) => (
            <Flow key={at} flow={flow} stage={stage} />
          ))}
        </ol>
      )}
      {cell === undefined || cell.more === 0 ? null : <p className="quiet">and {cell.more} further ways</p>}
    </article>
  );
}

const STATES: Readonly<Record<PolicyFlow['state'], string | null>> = {
  yes: null,
  'one-way': 'one way only, without an answer',
  unknown: 'perhaps',
  refused: 'let through by sets of rules, refused hop by hop',
};

function Flow({ flow, stage }: { readonly flow: PolicyFlow; readonly stage: Stage }) {
  const { services, from, to, sentTo, by, example, state, why } = flow;
  const lines = by.filter(({ file }) => file !== null);
  return (
    <li>
      <p>
        <b>
          <Text>{services.join(', ')}</Text>
        </b>
        {STATES[state] === null ? null : <span className="flow-state"> {STATES[state]}</span>}
      </p>
      <p className="said">
        <Text>{namesText(from)}</Text> → <Text>{namesText(to)}</Text>
        {sentTo === null ? null : (
          <>
            , sent to <Text>{namesText(sentTo)}</Text>
          </>
        )}
      </p>
      {why === null ? null : (
        <p className="said">
          <Text>{why}</Text>
        </p>
      )}
      <p className="flow-by">
        {by.length === 0 ? <span className="said">no filter on the way</span> : null}
        {lines.map(({ file, line, text }, at) => (
          <span key={at} title={text}>
            <Line stage={stage} file={file ?? ''} line={line ?? 0} />
          </span>
        ))}
        {lines.length > 0
          ? null
          : by.map(({ text }) => (
              <span key={text} className="said">
                by <Text>{text}</Text>
              </span>
            ))}
        {example === null ? null : (
          <button
            type="button"
            className="link"
            onClick={() => {
              const { from: one, to: other, service } = example;
              stage.enter('packet', { from: one, to: other, port: service });
            }}
          >
            follow one: <Text>{`${example.from} to ${example.to} ${example.service}`}</Text>
          </button>
        )}
      </p>
    </li>
  );
}

function namesText({ names, more }: PolicyFlow['from']): string {
  return `${names.join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
}

interface WhyNotProps {
  readonly from: PolicyEnd;
  readonly to: PolicyEnd;
  readonly stage: Stage;
}

/** One packet that does not get through says what stops it. */
function WhyNot({ from, to, stage }: WhyNotProps) {
  const [one, other] = [somebody(from), somebody(to)];
  if (one === null || other === null) return <p className="quiet">Nobody is there to send a packet from, or to.</p>;
  return (
    <button
      type="button"
      className="plain"
      onClick={() => {
        stage.enter('packet', { from: one, to: other, port: '443/tcp' });
      }}
    >
      Why not? Follow a packet from <Text>{one}</Text> to <Text>{other}</Text>
    </button>
  );
}

/** Who was put there to ask is asked for by the name of the network. */
function somebody({ somebody: name }: PolicyEnd): string | null {
  return name === null ? null : name.replace(/^temporary@/, '');
}
