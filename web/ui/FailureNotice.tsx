import { RequestFailed } from '../client/client.ts';
import { Text } from './Text.tsx';

const LISTS = [
  ['inPlace', 'In place'],
  ['undone', 'Undone'],
  ['toDo', 'To do'],
] as const;

export interface Failed {
  readonly summary: string;
  readonly detail: string | null;
  readonly inPlace: readonly string[];
  readonly undone: readonly string[];
  readonly toDo: readonly string[];
}

/** What went wrong, and the three things: what is in place, what was undone, what is left to do. */
export function ThreeThings({ failed }: { readonly failed: Failed }) {
  return (
    <div className="failure" role="alert">
      <p>
        <b>
          <Text>{failed.summary}</Text>
        </b>
      </p>
      {failed.detail === null
        ? null
        : failed.detail.split('\n').map((line, index) => (
            <p key={index} className="said">
              <Text>{line}</Text>
            </p>
          ))}
      {LISTS.map(([list, title]) =>
        failed[list].length === 0 ? null : (
          <section key={list} className={list} aria-label={title}>
            <h4>{title}</h4>
            <ul>
              {failed[list].map((each) => (
                <li key={each}>
                  <Text>{each}</Text>
                </li>
              ))}
            </ul>
          </section>
        ),
      )}
    </div>
  );
}

/** An answer that did not come, in words. `what`: what would have been needed the right for. */
export function RequestNotice({ error, what }: { readonly error: Error; readonly what: string }) {
  if (error instanceof RequestFailed && error.status === 403)
    return (
      <div className="failure quiet" role="alert">
        <p>
          <b>You may look, and not {what}</b>
        </p>
        <p className="said">{error.message}</p>
      </div>
    );
  const failure = error instanceof RequestFailed ? error.failure : null;
  return (
    <ThreeThings failed={failure ?? { summary: error.message, detail: null, inPlace: [], undone: [], toDo: [] }} />
  );
}
