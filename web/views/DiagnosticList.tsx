import type { Diagnostic } from '../../server/api/schema/common.ts';
import { Text } from '../ui/Text.tsx';

interface DiagnosticListProps {
  readonly diagnostics: readonly Diagnostic[];
  /** Whether there is nothing to show but these. */
  readonly wrong: boolean;
}

/** What is wrong, or doubtful, in the file. */
export function DiagnosticList({ diagnostics, wrong }: DiagnosticListProps) {
  const list = (
    <ol className="diagnostics">
      {diagnostics.map((each, index) => (
        <li key={index} className={each.severity}>
          <p className="at">
            <span className="severity">{each.severity}</span> <Text>{each.summary}</Text>{' '}
            <code>
              <Text>{each.file}</Text>:{each.line}:{each.column}
            </code>
          </p>
          <p>
            <Text>{each.detail}</Text>
          </p>
          {each.hint === null ? null : (
            <p className="hint">
              <Text>{each.hint}</Text>
            </p>
          )}
          {each.related.map((place, at) => (
            <p key={at} className="related">
              <Text>{place.message}</Text> <code>{`${String(place.line)}:${String(place.column)}`}</code>
            </p>
          ))}
        </li>
      ))}
    </ol>
  );
  if (!wrong) {
    return (
      <details className="warnings">
        <summary>
          {diagnostics.length} {diagnostics.length === 1 ? 'warning' : 'warnings'}
        </summary>
        {list}
      </details>
    );
  }
  return (
    <main className="notice wide" aria-label="Diagnostics">
      <h1>The file is wrong</h1>
      <p>Nothing can be drawn until the errors are mended. Save the file and come back to this window.</p>
      {list}
    </main>
  );
}
