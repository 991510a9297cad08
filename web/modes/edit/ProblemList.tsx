import type { Diagnostic } from '../../../server/api/schema/common.ts';
import { Text } from '../../ui/Text.tsx';

interface ProblemListProps {
  readonly diagnostics: readonly Diagnostic[];
  readonly file: string;
  /** Files that can be opened as well. */
  readonly others: readonly string[];
  readonly onGo: (place: Diagnostic) => void;
}

const MOST = 200;

/** What `check` says of the text as it stands, below it. */
export function ProblemList({ diagnostics, file, others, onGo }: ProblemListProps) {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const warnings = diagnostics.length - errors;
  return (
    <section className="problems" aria-label="Problems">
      <p className="sum" role="status">
        {diagnostics.length === 0 ? (
          <span className="none">Nothing wrong</span>
        ) : (
          <>
            {errors > 0 ? <span className="error">{count(errors, 'error')}</span> : null}
            {warnings > 0 ? <span className="warning">{count(warnings, 'warning')}</span> : null}
          </>
        )}
        <span className="keys">
          <kbd>F8</kbd> next problem · <kbd>Ctrl</kbd> <kbd>Space</kbd> complete · <kbd>Ctrl</kbd> <kbd>F</kbd> find
        </span>
      </p>
      {diagnostics.length === 0 ? null : (
        <ol>
          {diagnostics.slice(0, MOST).map((each, index) => (
            <li key={index} className={each.severity}>
              <button
                type="button"
                disabled={each.file !== file && !others.includes(each.file)}
                onClick={() => {
                  onGo(each);
                }}
              >
                <code>
                  {each.file === file ? '' : <Text>{`${each.file}:`}</Text>}
                  {`${String(each.line)}:${String(each.column)}`}
                </code>
                <span>
                  <b>
                    <Text>{each.summary}</Text>
                  </b>{' '}
                  <Text>{each.detail}</Text>
                  {each.hint === null ? null : (
                    <span className="hint">
                      <Text>{`hint: ${each.hint}`}</Text>
                    </span>
                  )}
                </span>
              </button>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function count(number: number, word: string): string {
  return `${String(number)} ${word}${number === 1 ? '' : 's'}`;
}
