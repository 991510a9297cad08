import { useState } from 'react';
import type { Placement } from '../../../server/api/schema/placement.ts';
import { Text } from '../../ui/Text.tsx';
import type { Level } from './rooms.ts';
import { cpuLevel, fullestFirst, memoryLevel } from './rooms.ts';

type Failures = NonNullable<Placement['failures']>;
type Group = Failures['groups'][number];

interface CapacityProps {
  readonly placement: Placement;
  readonly onTake: (hosts: readonly string[]) => void;
}

/** How many hosts may fail, which are too many, and how full each is. A click takes hosts down. */
export function Capacity({ placement: { failures, hosts }, onTake }: CapacityProps) {
  return (
    <>
      {failures === null ? (
        <p className="quiet">
          No guest is <code>protected</code>: nobody is started elsewhere when a host is lost.
        </p>
      ) : (
        <Survival failures={failures} onTake={onTake} />
      )}
      {hosts.length === 0 ? null : <Rooms hosts={hosts} onTake={onTake} />}
    </>
  );
}

interface SurvivalProps {
  readonly failures: Failures;
  readonly onTake: (hosts: readonly string[]) => void;
}

function Survival({ failures: { survives, exact, groups }, onTake }: SurvivalProps) {
  const count = survives ?? 0;
  return (
    <>
      <p className={`verdict ${count > 0 ? 'good' : 'bad'}`}>
        <b>
          {exact ? '' : 'At least '}
          {count} {count === 1 ? 'host' : 'hosts'} may fail
        </b>
        <span className="said">with every protected guest started again on the others</span>
      </p>
      <ul className="failure-list">
        {groups.map((group) => (
          <li key={group.hosts.join(' ')}>
            <GroupLine group={group} many={groups.length > 1} />
            <TooMany group={group} onTake={onTake} />
          </li>
        ))}
      </ul>
    </>
  );
}

function GroupLine({ group, many }: { readonly group: Group; readonly many: boolean }) {
  const { hosts, survives, exact } = group;
  return (
    <p>
      <b>{group.protected}</b> protected on{' '}
      <span title={hosts.join(', ')}>
        {hosts.length <= 4 ? <Text>{hosts.join(', ')}</Text> : `${String(hosts.length)} hosts`}
      </span>
      {many ? `, of which ${exact ? '' : 'at least '}${String(survives)} may fail` : ''}
    </p>
  );
}

function TooMany({ group: { tooMany }, onTake }: { readonly group: Group } & Pick<CapacityProps, 'onTake'>) {
  if (tooMany === null) return <p className="said">No set of hosts was found that is too many.</p>;
  const { hosts, homeless, sets, of } = tooMany;
  return (
    <p className="said">
      Too many:{' '}
      <button
        type="button"
        className="link first"
        onClick={() => {
          onTake(hosts);
        }}
      >
        <Text>{hosts.join(' + ')}</Text>
      </button>
      , which leave <Text>{namesText(homeless)}</Text> without a place
      {of === 1 ? '' : ` (${String(sets)} of ${String(of)} ${hosts.length === 2 ? 'pairs' : 'such sets'})`}
    </p>
  );
}

function namesText(names: readonly string[]): string {
  return names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${String(names.length - 4)} more` : names.join(', ');
}

const MOST = 24;

function Rooms({ hosts, onTake }: { readonly hosts: Placement['hosts'] } & Pick<CapacityProps, 'onTake'>) {
  const [whole, setWhole] = useState(false);
  const list = fullestFirst(hosts);
  return (
    <>
      <h2>
        Room <span className="count">{hosts.length}</span>
      </h2>
      <table className="losses rooms">
        <thead>
          <tr>
            <th scope="col">Host</th>
            <th scope="col">Processors</th>
            <th scope="col">Memory</th>
          </tr>
        </thead>
        <tbody>
          {(whole ? list : list.slice(0, MOST)).map((room) => (
            <tr key={room.host}>
              <th scope="row">
                <button
                  type="button"
                  className="link first"
                  onClick={() => {
                    onTake([room.host]);
                  }}
                >
                  <Text>{room.host}</Text>
                </button>
              </th>
              <LevelCell of={cpuLevel(room)} what={`processors of ${room.host}`} />
              <LevelCell of={memoryLevel(room)} what={`memory of ${room.host}`} />
            </tr>
          ))}
        </tbody>
      </table>
      {list.length <= MOST || whole ? null : (
        <button
          type="button"
          className="link"
          onClick={() => {
            setWhole(true);
          }}
        >
          show all {list.length}
        </button>
      )}
    </>
  );
}

function LevelCell({ of: level, what }: { readonly of: Level | null; readonly what: string }) {
  if (level === null) return <td className="nil">not said</td>;
  const { used, of, text, state } = level;
  return (
    <td className={`room ${state}`}>
      <meter min={0} max={of} value={Math.min(used, of)} aria-label={`${what} in use`} />
      <span>{text}</span>
    </td>
  );
}
