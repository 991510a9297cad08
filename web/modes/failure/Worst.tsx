import type { WorstAnswer } from '../../../server/api/schema/rehearsal.ts';
import { call } from '../../client/client.ts';
import { useAnswer } from '../../client/useAnswer.ts';
import { Text } from '../../ui/Text.tsx';
import { Capacity } from './Capacity.tsx';

interface WorstProps {
  readonly name: string;
  readonly onTake: (hosts: readonly string[]) => void;
}

/** Which host, and which pair, is missed most: a click takes it down. */
export function Worst({ name, onTake }: WorstProps) {
  const answered = useAnswer(`worst ${name}`, (signal) =>
    call('GET /api/topologies/:name/without/worst', { params: { name } }, signal),
  );
  if (answered.state === 'waiting') return <p className="side-note">Trying each host …</p>;
  if (answered.state === 'failed')
    return (
      <p className="side-note bad" role="alert">
        <Text>{answered.error.message}</Text>
      </p>
    );
  const { hosts, pairs, notes, placement } = answered.value;
  const telling = pairs.filter(({ together }) => together > 0);
  return (
    <>
      <Capacity placement={placement} onTake={onTake} />
      <LossTable title="Each host alone" list={hosts} onTake={onTake} />
      {telling.length === 0 ? null : (
        <LossTable title="Two at once that lose what neither loses alone" list={telling} together onTake={onTake} />
      )}
      {pairs.length > 0 && telling.length === 0 ? (
        <p className="quiet">No two hosts lose a line of the file that neither of them loses alone.</p>
      ) : null}
      {notes.map((note) => (
        <p key={note} className="quiet">
          <Text>{note}</Text>
        </p>
      ))}
    </>
  );
}

interface LossTableProps {
  readonly title: string;
  readonly list: WorstAnswer['hosts'];
  readonly together?: boolean;
  readonly onTake: (hosts: readonly string[]) => void;
}

const MOST = 30;

function LossTable({ title, list, together = false, onTake }: LossTableProps) {
  return (
    <>
      <h2>{title}</h2>
      <table className="losses">
        <thead>
          <tr>
            <th scope="col">Down</th>
            <th scope="col">Lines of the file not kept</th>
            {together ? <th scope="col">Only by both</th> : null}
            <th scope="col">Gateways lost</th>
            <th scope="col">Guests down or cut off</th>
          </tr>
        </thead>
        <tbody>
          {list.slice(0, MOST).map((each) => (
            <tr key={each.hosts.join(' ')}>
              <th scope="row">
                <button
                  type="button"
                  className="link"
                  onClick={() => {
                    onTake(each.hosts);
                  }}
                >
                  <Text>{each.hosts.join(' + ')}</Text>
                </button>
              </th>
              <Count of={each.promises} />
              {together ? <Count of={each.together} /> : null}
              <Count of={each.gateways} />
              <Count of={each.guests} />
            </tr>
          ))}
        </tbody>
      </table>
      {list.length > MOST ? <p className="quiet">and {list.length - MOST} more that are missed less</p> : null}
    </>
  );
}

function Count({ of }: { readonly of: number }) {
  return <td className={of === 0 ? 'nil' : undefined}>{of}</td>;
}
