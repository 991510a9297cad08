import type { SubmitEvent } from 'react';
import { useMemo } from 'react';
import type { DecidedBy, PacketAnswer, PacketHop, PacketView } from '../../../server/api/schema/packet.ts';
import type { GraphDocument } from '../../../server/flow/graph.ts';
import { readPacket } from '../../client/client.ts';
import { useAnswer } from '../../client/useAnswer.ts';
import { compareNaturally } from '../../map/layout/order.ts';
import { Text } from '../../ui/Text.tsx';
import type { Asked } from './kept.ts';
import { isComplete } from './kept.ts';

interface PacketPanelProps {
  readonly topology: string;
  readonly graph: GraphDocument;
  /** As it stands in the form. */
  readonly asked: Asked;
  /** As it was sent; `null` before. */
  readonly sent: Asked | null;
  /** Which answer is on the map, by its family. */
  readonly shown: 4 | 6 | null;
  readonly onEdit: (asked: Asked) => void;
  readonly onSend: (asked: Asked) => void;
  readonly onShow: (answer: PacketAnswer | null) => void;
  readonly onClose: () => void;
}

const WORDS = {
  delivered: ['good', 'Delivered, and the answer comes back'],
  dropped: ['bad', 'Dropped, without a word'],
  rejected: ['bad', 'Refused'],
  'no-route': ['bad', 'No way there'],
  loop: ['bad', 'Goes in circles'],
  'not-listening': ['bad', 'It arrives, and nobody listens'],
  unknown: ['unsure', 'Cannot be said'],
} as const;

/** Follows a packet: the form, the verdict, and every hop with what decides there. */
export function PacketPanel({
  topology,
  graph,
  asked,
  sent,
  shown,
  onEdit,
  onSend,
  onShow,
  onClose,
}: PacketPanelProps) {
  const ends = useMemo(
    () =>
      ['internet', ...labels(graph, 'guest'), ...labels(graph, 'gateway'), ...labels(graph, 'network')].filter(
        (each, index, all) => all.indexOf(each) === index,
      ),
    [graph],
  );
  const hosts = useMemo(() => labels(graph, 'host'), [graph]);
  const send = (event: SubmitEvent): void => {
    event.preventDefault();
    onSend(asked);
  };
  const complete = isComplete(asked);
  return (
    <aside className="panel packet" aria-label="Packet">
      <button type="button" className="close" aria-label="Close" title="Close (Esc)" onClick={onClose}>
        ×
      </button>
      <p className="kind">Packet</p>
      <form onSubmit={send}>
        <datalist id="ends">
          {ends.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
        <label>
          From
          <input
            list="ends"
            value={asked.from}
            onChange={(event) => {
              onEdit({ ...asked, from: event.target.value });
            }}
          />
        </label>
        <label>
          To
          <input
            list="ends"
            value={asked.to}
            onChange={(event) => {
              onEdit({ ...asked, to: event.target.value });
            }}
          />
        </label>
        <label>
          Port
          <input
            value={asked.service}
            placeholder="443/tcp, 53/udp, icmp"
            onChange={(event) => {
              onEdit({ ...asked, service: event.target.value });
            }}
          />
        </label>
        <fieldset>
          <legend>Hosts that are down</legend>
          {hosts.map((host) => (
            <label key={host} className="tick">
              <input
                type="checkbox"
                checked={asked.without.includes(host)}
                onChange={(event) => {
                  const others = asked.without.filter((each) => each !== host);
                  onEdit({ ...asked, without: event.target.checked ? [...others, host] : others });
                }}
              />
              <Text>{host}</Text>
            </label>
          ))}
        </fieldset>
        <button type="submit" className="plain" disabled={!complete}>
          Follow it
        </button>
        <span className="hint">A click on the map fills in From, then To.</span>
      </form>
      {sent === null ? null : <Answers topology={topology} asked={sent} shown={shown} onShow={onShow} />}
    </aside>
  );
}

function labels(graph: GraphDocument, kind: string): readonly string[] {
  return graph.nodes
    .filter((node) => node.kind === kind)
    .map(({ label }) => label)
    .sort(compareNaturally);
}

interface AnswersProps {
  readonly topology: string;
  readonly asked: Asked;
  readonly shown: 4 | 6 | null;
  readonly onShow: (answer: PacketAnswer | null) => void;
}

function Answers({ topology, asked, shown, onShow }: AnswersProps) {
  const answered = useAnswer(`packet ${topology} ${JSON.stringify(asked)}`, async (signal) => {
    const value = await readPacket(topology, asked, signal);
    onShow(value.answers[0] ?? null);
    return value;
  });
  if (answered.state === 'waiting') return <p className="quiet">Following it …</p>;
  if (answered.state === 'failed')
    return (
      <p className="verdict bad" role="alert">
        <Text>{answered.error.message}</Text>
      </p>
    );
  return (
    <div aria-live="polite">
      {answered.value.answers.map((answer) => (
        <Answer
          key={answer.family}
          answer={answer}
          isShown={answer.family === shown}
          onShow={() => {
            onShow(answer);
          }}
        />
      ))}
    </div>
  );
}

interface AnswerProps {
  readonly answer: PacketAnswer;
  readonly isShown: boolean;
  readonly onShow: () => void;
}

function Answer({ answer, isShown, onShow }: AnswerProps) {
  const { family, verdict, why, by, hops, reply, doubts } = answer;
  const [tone, words] = WORDS[verdict];
  return (
    <section className="answer">
      <h2>
        IPv{family}
        {isShown ? null : (
          <button type="button" className="link" onClick={onShow}>
            show on the map
          </button>
        )}
      </h2>
      <p className={`verdict ${tone}`}>
        <b>{words}</b>
        <span className="said">
          <Text>{why}</Text>
        </span>
        {by === null ? null : <By by={by} />}
      </p>
      <Hops hops={hops} />
      {reply === null ? null : (
        <details>
          <summary>
            The answer&rsquo;s way back
            {reply.verdict === 'delivered' ? '' : `: ${WORDS[reply.verdict][1].toLowerCase()}`}
          </summary>
          <Hops hops={reply.hops} />
        </details>
      )}
      {doubts.length === 0 ? null : (
        <ul className="doubts" aria-label="Not understood">
          {doubts.map((each) => (
            <li key={each}>
              <Text>{each}</Text>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Hops({ hops }: { readonly hops: readonly PacketHop[] }) {
  return (
    <ol className="hops">
      {hops.map(({ node, interface: device, action, by, packet, note }, index) => (
        <li key={index} className={action}>
          <b>
            <Text>{node}</Text>
          </b>{' '}
          {action}
          {device === null ? null : (
            <span className="word">
              {' '}
              on <Text>{device}</Text>
            </span>
          )}
          <span className="said">
            <Text>{packetText(packet)}</Text>
          </span>
          {by === null ? null : <By by={by} />}
          {note === null ? null : (
            <span className="said">
              <Text>{note}</Text>
            </span>
          )}
        </li>
      ))}
    </ol>
  );
}

function By({ by: { text, file, line } }: { readonly by: DecidedBy }) {
  return (
    <span className="by">
      {file === null ? null : (
        <b>
          <Text>{`${file}:${String(line)}`}</Text>{' '}
        </b>
      )}
      <Text>{text}</Text>
    </span>
  );
}

function packetText({ source, sourcePort, destination, destinationPort }: PacketView): string {
  const end = (address: string | null, port: number | null): string => {
    if (address === null) return 'some address';
    if (port === null) return address;
    return address.includes(':') ? `[${address}]:${String(port)}` : `${address}:${String(port)}`;
  };
  return `${end(source, sourcePort)} → ${end(destination, destinationPort)}`;
}
