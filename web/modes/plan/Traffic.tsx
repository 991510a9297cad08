import type { FlowChange, Plan } from '../../../server/api/schema/plan.ts';
import { Text } from '../../ui/Text.tsx';
import type { FlowPacket } from './flows.ts';
import { overAllHops, packetOf, ruleText } from './flows.ts';

interface TrafficProps {
  readonly reachability: Plan['reachability'];
  readonly notes: readonly string[];
  /** `null`: the packet cannot be followed here. */
  readonly onFollow: ((packet: FlowPacket) => void) | null;
}

const WAYS = [
  ['opened', 'Becomes possible', '+'],
  ['closed', 'Is no longer possible', '-'],
  ['transient', 'Possible only meanwhile', '~'],
] as const;

/** More are in the plan's document; nobody reads them all. */
const MOST = 200;

/** Which flows the plan opens and closes, each with a packet to follow. */
export function Traffic({ reachability, notes, onFollow }: TrafficProps) {
  const none = reachability !== null && WAYS.every(([way]) => reachability[way].length === 0);
  return (
    <div className="traffic">
      {none ? <p className="quiet">No flow becomes possible or impossible.</p> : null}
      {reachability === null
        ? null
        : WAYS.map(([way, title, sign]) => {
            const flows = reachability[way];
            return flows.length === 0 ? null : (
              <section key={way} aria-label={title}>
                <h3>
                  {title} <span className="quiet">{flows.length}</span>
                </h3>
                <ul>
                  {flows.slice(0, MOST).map((flow, index) => (
                    <Flow key={index} {...{ way, sign, flow, onFollow }} />
                  ))}
                </ul>
                {flows.length > MOST ? (
                  <p className="quiet">and {flows.length - MOST} more: trunkline plan --json has all of them</p>
                ) : null}
              </section>
            );
          })}
      {notes.length === 0 ? null : (
        <ul className="doubts" aria-label="Not judged">
          {notes.map((each) => (
            <li key={each}>
              <Text>{each}</Text>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

interface FlowProps {
  readonly way: (typeof WAYS)[number][0];
  readonly sign: string;
  readonly flow: FlowChange;
  readonly onFollow: TrafficProps['onFollow'];
}

function Flow({ way, sign, flow, onFollow }: FlowProps) {
  const { services, from, to, via, sure, witness } = flow;
  const packet = packetOf(flow);
  const [rule, more] = [ruleText(flow), overAllHops(way, flow)];
  const port = witness.destinationPort === null ? '' : ` port ${String(witness.destinationPort)}`;
  return (
    <li className={`flow ${way}`}>
      <span className="sign" aria-hidden="true">
        {sign}
      </span>
      <div>
        <p>
          <b>
            <Text>{services.join(', ')}</Text>
          </b>{' '}
          from <Text>{from}</Text> to <Text>{to.join(', ')}</Text>{' '}
          <span className="quiet">
            via <Text>{via}</Text>
          </span>
        </p>
        <p className="quiet">
          {rule === null ? null : (
            <>
              <Text>{rule}</Text> ·{' '}
            </>
          )}
          for one, <Text>{`${witness.source} to ${witness.destination}${port}`}</Text>
        </p>
        {sure ? null : <p className="doubt">Perhaps: rules that are not understood decide.</p>}
        {more === null ? null : (
          <p className="doubt">
            <Text>{more}</Text>
          </p>
        )}
      </div>
      {packet === null || onFollow === null ? null : (
        <button
          type="button"
          className="link"
          aria-label={`Follow it: ${services.join(', ')} from ${from} to ${to.join(', ')}`}
          onClick={() => {
            onFollow(packet);
          }}
        >
          Follow it
        </button>
      )}
    </li>
  );
}
