import type { KeyboardEvent } from 'react';
import { useRef, useState } from 'react';
import type { PolicyCell, PolicyEnd } from '../../../server/api/schema/policy.ts';
import { Text } from '../../ui/Text.tsx';
import type { Matrix, Sign } from './matrix.ts';
import { cellAfter, signOf } from './matrix.ts';

const SIGNS: Readonly<Record<Sign, string>> = { all: '●', some: '◐', control: '∘', unknown: '?', none: '–' };
const WORDS: Readonly<Record<Sign, string>> = {
  all: 'everything',
  some: 'some',
  control: 'control messages only',
  unknown: 'not known',
  none: 'nothing',
};

/** With more columns than so many, cells show their sign alone. */
const WORDY = 7;

export interface Opened {
  readonly from: string;
  readonly to: string;
}

interface PolicyTableProps {
  readonly matrix: Matrix;
  readonly opened: Opened | null;
  readonly chosen: string | null;
  readonly onOpen: (cell: Opened | null) => void;
}

/** Rows send, columns get it. Arrows go from cell to cell, Enter opens one. */
export function PolicyTable({ matrix, opened, chosen, onOpen }: PolicyTableProps) {
  const { from, to, cell } = matrix;
  const table = useRef<HTMLTableElement>(null);
  const [active, setActive] = useState({ row: 0, column: 0 });
  const at = { row: Math.min(active.row, from.length - 1), column: Math.min(active.column, to.length - 1) };
  const open = (row: number, column: number): void => {
    const [one, other] = [from[row], to[column]];
    if (one === undefined || other === undefined) return;
    setActive({ row, column });
    onOpen(opened?.from === one.id && opened.to === other.id ? null : { from: one.id, to: other.id });
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      open(at.row, at.column);
      return;
    }
    const next = cellAfter(event.key, at, { rows: from.length, columns: to.length });
    if (next === null) return;
    event.preventDefault();
    setActive(next);
    table.current?.rows[next.row + 1]?.cells[next.column + 1]?.focus();
  };
  if (from.length === 0 || to.length === 0) return <p className="side-note">No network is meant.</p>;
  return (
    <div className="policy-scroll">
      <table
        className={to.length > WORDY ? 'matrix compact' : 'matrix'}
        role="grid"
        aria-label="Who can reach whom"
        ref={table}
        onKeyDown={pressed}
      >
        <thead>
          <tr>
            <th scope="col" className="corner">
              from ↓ to →
            </th>
            {to.map((end) => (
              <th scope="col" key={end.id} className={end.id === chosen ? 'chosen' : undefined} title={titleOf(end)}>
                <span>
                  <Text>{end.name}</Text>
                </span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {from.map((one, row) => (
            <tr key={one.id} className={one.id === chosen ? 'chosen' : undefined}>
              <th scope="row" title={titleOf(one)}>
                <Text>{one.name}</Text>
              </th>
              {to.map((other, column) => (
                <Cell
                  key={other.id}
                  {...{ one, other }}
                  cell={cell(one.id, other.id)}
                  wordy={to.length <= WORDY}
                  isOpen={opened?.from === one.id && opened.to === other.id}
                  isActive={at.row === row && at.column === column}
                  onOpen={() => {
                    open(row, column);
                  }}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function titleOf({ kind, members }: PolicyEnd): string {
  if (kind === 'internet') return 'everybody out there';
  return kind === 'gateway' ? 'the gateway itself' : `${String(members)} ${members === 1 ? 'member' : 'members'}`;
}

interface CellProps {
  readonly one: PolicyEnd;
  readonly other: PolicyEnd;
  readonly cell: PolicyCell | undefined;
  readonly wordy: boolean;
  readonly isOpen: boolean;
  readonly isActive: boolean;
  readonly onOpen: () => void;
}

function Cell({ one, other, cell, wordy, isOpen, isActive, onOpen }: CellProps) {
  const sign = signOf(cell);
  const services = (cell?.services ?? []).filter((each) => !each.startsWith('icmp type '));
  const short = sign === 'some' ? shortText(services) : '';
  const label = `${one.name} to ${other.name}: ${sign === 'some' ? services.join(', ') : WORDS[sign]}`;
  return (
    <td
      role="gridcell"
      tabIndex={isActive ? 0 : -1}
      aria-selected={isOpen}
      title={label}
      className={one.id === other.id ? `${sign} same` : sign}
      onClick={onOpen}
    >
      <span className="unseen">
        <Text>{label}</Text>
      </span>
      <span aria-hidden="true">
        {SIGNS[sign]}
        {wordy && short !== '' ? <span className="matrix-services"> {short}</span> : null}
      </span>
    </td>
  );
}

function shortText(services: readonly string[]): string {
  const [one = '', ...more] = services.map((each) => each.replace(/\/tcp$/, ''));
  return more.length === 0 ? one : more.length === 1 ? `${one}, ${more.join('')}` : `${one} +${String(more.length)}`;
}
