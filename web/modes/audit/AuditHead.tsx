import { useMay } from '../../runs/context.ts';
import type { Stage } from '../mode.ts';

/** What is audited: what the file wants, the real hosts as they are, or the running lab's. */
export type Audited = 'planned' | 'hosts' | 'lab';

export function auditedOf({ kept }: Stage): Audited {
  const of = kept['of'];
  return of === 'hosts' || of === 'lab' ? of : 'planned';
}

const WORDS: Readonly<Record<Audited, readonly [label: string, says: string]>> = {
  planned: ['As written', 'As the file wants the hosts; none is asked'],
  hosts: ['Real hosts', 'As they are: all that they have is read'],
  lab: ['Running lab', 'As the hosts of the lab are'],
};

interface AuditHeadProps {
  readonly stage: Stage;
  /** Reads the hosts anew; `null` where none is asked. */
  readonly onAgain: (() => void) | null;
}

/** The title, what is audited, and the way out. */
export function AuditHead({ stage, onAgain }: AuditHeadProps) {
  const may = useMay('plan');
  const audited = auditedOf(stage);
  return (
    <div className="side-title">
      <h1>Audit</h1>
      <div className="tabs" role="group" aria-label="Audited">
        {(['planned', 'hosts', 'lab'] as const).map((each) => (
          <button
            type="button"
            key={each}
            className="tab"
            title={may || each === 'planned' ? WORDS[each][1] : 'To read hosts takes the role plan'}
            aria-pressed={audited === each}
            disabled={!may && each !== 'planned'}
            onClick={() => {
              stage.keep({ of: each === 'planned' ? null : each, row: null });
            }}
          >
            {WORDS[each][0]}
          </button>
        ))}
      </div>
      {onAgain === null ? null : (
        <button type="button" className="plain" onClick={onAgain}>
          Read anew
        </button>
      )}
      <button type="button" className="side-close" aria-label="Close" title="Close (Esc)" onClick={stage.close}>
        ×
      </button>
    </div>
  );
}
