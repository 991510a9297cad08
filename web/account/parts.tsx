import type { ReactNode } from 'react';
import { useState } from 'react';
import type { Role } from '../../server/core/role.ts';
import { Text } from '../ui/Text.tsx';

/** What each role may, in the order of what they may. */
const ROLE_WORDS: Readonly<Record<Role, string>> = {
  view: 'looks',
  plan: 'plans changes',
  apply: 'changes hosts',
  admin: 'says who may',
};

export const ROLES = Object.keys(ROLE_WORDS) as readonly Role[];

interface RoleSelectProps {
  readonly label: string;
  readonly value: Role;
  /** The highest there is to choose. */
  readonly most?: Role;
  readonly disabled?: boolean;
  readonly onChange: (role: Role) => void;
}

export function RoleSelect({ label, value, most = 'admin', disabled = false, onChange }: RoleSelectProps) {
  return (
    <select
      className="switcher"
      aria-label={label}
      value={value}
      disabled={disabled}
      onChange={(event) => {
        const role = ROLES.find((each) => each === event.target.value);
        if (role !== undefined) onChange(role);
      }}
    >
      {ROLES.slice(0, ROLES.indexOf(most) + 1).map((role) => (
        <option key={role} value={role}>
          {role}: {ROLE_WORDS[role]}
        </option>
      ))}
    </select>
  );
}

/** A time as it is said here; to the second, where somebody points at it. */
export function Time({ at }: { readonly at: string }) {
  const short = new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
  return (
    <time dateTime={at} title={at}>
      {short}
    </time>
  );
}

interface TableProps {
  readonly label: string;
  readonly heads: readonly string[];
  readonly rows: readonly { readonly key: string; readonly cells: readonly ReactNode[] }[];
  /** What is said where there are none. */
  readonly none: string;
}

export function Table({ label, heads, rows, none }: TableProps) {
  if (rows.length === 0) return <p className="quiet">{none}</p>;
  return (
    // Somebody with a keyboard scrolls it, too.
    <div className="scroll" tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>
            {heads.map((head, index) => (
              <th key={index} scope="col">
                {head === '' ? <span className="unseen">Actions</span> : head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells }) => (
            <tr key={key}>
              {cells.map((cell, index) => (
                <td key={index}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface SureButtonProps {
  readonly label: string;
  /** What it is about, for those who do not see the row. */
  readonly about: string;
  readonly disabled: boolean;
  readonly onSure: () => void;
}

/** What cannot be taken back is asked for twice. */
export function SureButton({ label, about, disabled, onSure }: SureButtonProps) {
  const [asked, setAsked] = useState(false);
  return (
    <button
      type="button"
      className={asked ? 'plain sure' : 'plain'}
      aria-label={`${asked ? `Yes, ${label.toLowerCase()}` : label} ${about}`}
      disabled={disabled}
      onBlur={() => {
        setAsked(false);
      }}
      onClick={() => {
        if (asked) onSure();
        setAsked(!asked);
      }}
    >
      {asked ? `Yes, ${label.toLowerCase()}` : label}
    </button>
  );
}

/** A secret that is shown this once. */
export function Once({ secret, children }: { readonly secret: string; readonly children: ReactNode }) {
  return (
    <div className="once" role="status">
      <p>{children}</p>
      <p>
        <code>
          <Text>{secret}</Text>
        </code>{' '}
        <button type="button" className="plain" onClick={() => void navigator.clipboard.writeText(secret)}>
          Copy
        </button>
      </p>
    </div>
  );
}
