import { useMemo } from 'react';
import type { GraphDocument } from '../../../server/flow/graph.ts';
import { compareNaturally } from '../../map/layout/order.ts';
import { Text } from '../../ui/Text.tsx';

interface TargetProps {
  readonly graph: GraphDocument;
  readonly lab: boolean;
  /** Only these; all of them where it is empty. */
  readonly hosts: readonly string[];
  readonly onTarget: (target: { readonly lab: boolean; readonly hosts: readonly string[] }) => void;
}

/** What is planned for: the real hosts or the running lab's, all of them or some. */
export function Target({ graph, lab, hosts, onTarget }: TargetProps) {
  const all = useMemo(
    () =>
      graph.nodes
        .filter(({ kind }) => kind === 'host')
        .map(({ label }) => label)
        .sort(compareNaturally),
    [graph],
  );
  return (
    <div className="target">
      <fieldset className="switch">
        <legend className="unseen">Planned for</legend>
        {[
          [false, 'Real hosts'],
          [true, 'Running lab'],
        ].map(([value, text]) => (
          <label key={String(text)}>
            <input
              type="radio"
              name="target"
              checked={lab === value}
              onChange={() => {
                onTarget({ lab: value === true, hosts });
              }}
            />
            {text}
          </label>
        ))}
      </fieldset>
      {all.length < 2 ? null : (
        <details className="subset">
          <summary>
            {hosts.length === 0
              ? `All ${String(all.length)} hosts`
              : `${String(hosts.length)} of ${String(all.length)} hosts`}
          </summary>
          <ul>
            {all.map((host) => (
              <li key={host}>
                <label className="tick">
                  <input
                    type="checkbox"
                    checked={hosts.length === 0 || hosts.includes(host)}
                    onChange={(event) => {
                      const before = hosts.length === 0 ? all : hosts;
                      const next = all.filter((each) => (each === host ? event.target.checked : before.includes(each)));
                      if (next.length > 0) onTarget({ lab, hosts: next.length === all.length ? [] : next });
                    }}
                  />
                  <Text>{host}</Text>
                </label>
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
