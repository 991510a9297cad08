import { useVirtualizer } from '@tanstack/react-virtual';
import type { CSSProperties, KeyboardEvent, ReactNode } from 'react';
import { useEffect, useId, useMemo, useRef, useState } from 'react';
import { Text } from '../Text.tsx';
import './grid.css';
import { ColumnHead } from './ColumnHead.tsx';
import type { Column, Sort } from './rows.ts';
import { rowAfter } from './rows.ts';

const ROW_HEIGHT = 31;
const OVERSCAN = 12;

interface GridProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  /** As they are to be shown: sorted and filtered. */
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly sort: Sort | null;
  readonly onSort: (column: string) => void;
  /** Key of the row that is chosen. */
  readonly chosen: string | null;
  readonly onChoose: (row: Row | null) => void;
  /** Instead of the plain text of a cell. */
  readonly cell?: (row: Row, column: string) => ReactNode | undefined;
  /** Shown where there are no rows. */
  readonly empty: string;
}

/** A table of any length: only the rows that are seen are in the document. Keys: arrows, Page, Home, End; Enter chooses. */
export function Grid<Row>(props: GridProps<Row>) {
  const { label, columns, rows, keyOf, sort, onSort, chosen, onChoose, cell, empty } = props;
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [widths, setWidths] = useState<Readonly<Record<string, number>>>({});
  const [active, setActive] = useState(0);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
    scrollPaddingStart: ROW_HEIGHT,
  });
  const keys = useMemo(() => new Map(rows.map((row, at) => [keyOf(row), at])), [rows, keyOf]);
  const at = Math.min(active, Math.max(0, rows.length - 1));
  const width = (column: Column<Row>): number => widths[column.id] ?? column.width;
  const layout = {
    '--columns': columns.map((column) => `${String(width(column))}px`).join(' '),
    '--all': `${String(columns.reduce((sum, column) => sum + width(column), 0))}px`,
  } as CSSProperties;

  // What an address names is shown when the table is opened, or its rows have come.
  const wanted = chosen === null ? undefined : keys.get(chosen);
  useEffect(() => {
    if (wanted === undefined) return;
    setActive(wanted);
    virtual.scrollToIndex(wanted, { align: 'auto' });
  }, [wanted, virtual]);

  const pressed = (event: KeyboardEvent): void => {
    if (box.current === null || event.target !== box.current) return;
    const row = rows[at];
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      if (row !== undefined) onChoose(keyOf(row) === chosen ? null : row);
      return;
    }
    const page = Math.max(1, Math.floor(box.current.clientHeight / ROW_HEIGHT) - 2);
    const next = rowAfter(event.key, at, rows.length, page);
    if (next === null) return;
    event.preventDefault();
    setActive(next);
    virtual.scrollToIndex(next, { align: 'auto' });
  };

  const items = virtual.getVirtualItems();
  const activeRow = items.some(({ index }) => index === at) ? `${id}-${String(at)}` : undefined;
  return (
    <div
      className="grid"
      role="grid"
      tabIndex={0}
      ref={box}
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length}
      aria-activedescendant={activeRow}
      style={layout}
      onKeyDown={pressed}
    >
      <div role="rowgroup" className="grid-head">
        <div role="row" aria-rowindex={1} className="grid-row">
          {columns.map((column, index) => (
            <ColumnHead
              key={column.id}
              title={column.title}
              index={index}
              sort={sort?.column === column.id ? sort : null}
              width={width(column)}
              onSort={() => {
                onSort(column.id);
              }}
              onWidth={(next) => {
                setWidths((before) => ({ ...before, [column.id]: next }));
              }}
            />
          ))}
        </div>
      </div>
      {rows.length === 0 ? <p className="grid-empty">{empty}</p> : null}
      <div role="rowgroup" className="grid-body" style={{ height: virtual.getTotalSize() }}>
        {items.map(({ index, start }) => {
          const row = rows[index];
          if (row === undefined) return null;
          const key = keyOf(row);
          return (
            <div
              role="row"
              key={index}
              id={`${id}-${String(index)}`}
              aria-rowindex={index + 2}
              aria-selected={key === chosen}
              className={index === at ? 'grid-row active' : 'grid-row'}
              style={{ transform: `translateY(${String(start)}px)` }}
              onClick={() => {
                setActive(index);
                onChoose(key === chosen ? null : row);
              }}
            >
              {columns.map((column, place) => {
                const text = column.text(row);
                return (
                  <div role="gridcell" key={column.id} aria-colindex={place + 1} title={text}>
                    {cell?.(row, column.id) ?? <Text>{text}</Text>}
                  </div>
                );
              })}
            </div>
          );
        })}
      </div>
    </div>
  );
}
