import type { KeyboardEvent, PointerEvent } from 'react';
import { useRef } from 'react';
import type { Sort } from './rows.ts';

const [NARROWEST, WIDEST, STEP] = [48, 900, 16];

interface ColumnHeadProps {
  readonly title: string;
  readonly index: number;
  /** `null`: the table is sorted by something else. */
  readonly sort: Sort | null;
  readonly width: number;
  readonly onSort: () => void;
  readonly onWidth: (width: number) => void;
}

/** Sorts by its column, and makes it wider or narrower: with the pointer, or by arrows on its edge. */
export function ColumnHead({ title, index, sort, width, onSort, onWidth }: ColumnHeadProps) {
  const from = useRef<{ readonly x: number; readonly width: number } | null>(null);
  const set = (next: number): void => {
    onWidth(Math.min(WIDEST, Math.max(NARROWEST, next)));
  };
  const down = (event: PointerEvent<HTMLElement>): void => {
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    from.current = { x: event.clientX, width };
  };
  const move = (event: PointerEvent<HTMLElement>): void => {
    if (from.current !== null) set(from.current.width + event.clientX - from.current.x);
  };
  const up = (): void => {
    from.current = null;
  };
  const pressed = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowLeft' ? -STEP : event.key === 'ArrowRight' ? STEP : 0;
    if (by === 0) return;
    event.preventDefault();
    event.stopPropagation();
    set(width + by);
  };
  const direction = sort === null ? 'none' : sort.descending ? 'descending' : 'ascending';
  return (
    <div role="columnheader" aria-colindex={index + 1} aria-sort={direction}>
      <button type="button" className="grid-sort" onClick={onSort}>
        {title}
        <span aria-hidden="true" className="grid-arrow">
          {sort === null ? '' : sort.descending ? '▼' : '▲'}
        </span>
      </button>
      <span
        role="separator"
        tabIndex={0}
        className="grid-edge"
        aria-orientation="vertical"
        aria-label={`Width of ${title}`}
        aria-valuenow={width}
        aria-valuemin={NARROWEST}
        aria-valuemax={WIDEST}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={up}
        onKeyDown={pressed}
      />
    </div>
  );
}
