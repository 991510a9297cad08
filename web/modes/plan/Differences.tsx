import type { Plan } from '../../../server/api/schema/plan.ts';
import { Text } from '../../ui/Text.tsx';
import { valueText } from './rows.ts';

const MOST = 500;

/** What was found on the hosts, and what the file wants: the drift. */
export function Differences({ drift, forgotten }: Pick<Plan, 'drift' | 'forgotten'>) {
  return (
    <div className="differences">
      {forgotten.length === 0 ? null : (
        <section aria-label="No longer in the file">
          <h3>No longer in the file</h3>
          <p className="quiet">Something of a topology still stands on these hosts, and no file names them any more.</p>
          <ul>
            {forgotten.map(({ topology, host, access, run }) => (
              <li key={`${topology} ${host}`}>
                <b>
                  <Text>{host}</Text>
                </b>{' '}
                of <Text>{topology}</Text>{' '}
                <span className="quiet">
                  <Text>{`${access}, last changed by run ${run}`}</Text>
                </span>
                <code>
                  <Text>{`trunkline destroy --topology ${topology} --host ${access}`}</Text>
                </code>
              </li>
            ))}
          </ul>
        </section>
      )}
      {drift.length === 0 ? (
        <p className="quiet">What was found is what the file wants.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Resource</th>
              <th scope="col">Field</th>
              <th scope="col">Found</th>
              <th scope="col">Wanted</th>
            </tr>
          </thead>
          <tbody>
            {drift.slice(0, MOST).map(({ host, resource, field, expected, found }, index) => (
              <tr key={index}>
                <th scope="row">
                  <Text>{resource}</Text>
                  <span className="quiet">
                    <Text>{host}</Text>
                  </span>
                </th>
                {field === 'present' ? (
                  <td colSpan={3}>{expected === true ? 'wanted, and not there' : 'there, and no longer wanted'}</td>
                ) : (
                  <>
                    <td>
                      <Text>{field}</Text>
                    </td>
                    <td>
                      <Text>{valueText(found)}</Text>
                    </td>
                    <td>
                      <Text>{valueText(expected)}</Text>
                    </td>
                  </>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {drift.length > MOST ? <p className="quiet">and {drift.length - MOST} more</p> : null}
    </div>
  );
}
