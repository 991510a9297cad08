import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, useState } from 'react';
import type { HostPlan } from '../../../server/api/schema/plan.ts';
import { Text } from '../../ui/Text.tsx';
import type { Row } from './rows.ts';
import { rowsOf } from './rows.ts';
import type { StepState } from './StepRow.tsx';
import { StepRow } from './StepRow.tsx';

interface StepListProps {
  readonly hosts: readonly HostPlan[];
  /** What became of a step, where its plan is being carried out or was. */
  readonly stateOf?: (step: string) => StepState | undefined;
}

const ROW = 44;

/** Steps below their hosts, in the order of execution; only those in sight are drawn. */
export function StepList({ hosts, stateOf }: StepListProps) {
  const rows = useMemo(() => rowsOf(hosts), [hosts]);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const box = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 12,
  });
  const toggle = (key: string): void => {
    setOpen((before) => new Set(before.has(key) ? [...before].filter((each) => each !== key) : [...before, key]));
  };
  return (
    <div className="steps" ref={box} role="list" aria-label="Steps, in the order of execution" tabIndex={0}>
      <div className="steps-all" role="presentation" style={{ height: list.getTotalSize() }}>
        {list.getVirtualItems().map(({ index, start, key }) => {
          const row = rows[index];
          return row === undefined ? null : (
            <div
              key={key}
              ref={list.measureElement}
              data-index={index}
              className={`steps-row of-${row.type}`}
              role="listitem"
              aria-setsize={rows.length}
              aria-posinset={index + 1}
              style={{ transform: `translateY(${String(start)}px)` }}
            >
              <RowOf row={row} open={open.has(row.key)} onToggle={toggle} stateOf={stateOf} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface RowProps {
  readonly row: Row;
  readonly open: boolean;
  readonly onToggle: (key: string) => void;
  readonly stateOf: StepListProps['stateOf'] | undefined;
}

function RowOf({ row, open, onToggle, stateOf }: RowProps) {
  switch (row.type) {
    case 'host':
      return (
        <h3>
          <Text>{row.host}</Text>{' '}
          <span className="quiet">
            {row.changes === 0 ? 'nothing to change' : `${String(row.changes)} to change`}, {row.unchanged} unchanged
          </span>
        </h3>
      );
    case 'warning':
      return (
        <p className="verdict bad">
          <b>
            <Text>{row.what}</Text>
          </b>
          <span className="said">
            <Text>{row.why}</Text>
          </span>
        </p>
      );
    case 'along':
      return (
        <p className="quiet">
          and {row.count} that {row.count === 1 ? 'goes' : 'go'} along with these, by no command of their own
        </p>
      );
    case 'step':
      return (
        <StepRow
          step={row.step}
          number={row.number}
          open={open}
          state={stateOf?.(row.step.id)}
          onToggle={() => {
            onToggle(row.key);
          }}
        />
      );
  }
}
