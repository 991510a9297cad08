import type { Finding } from '../../../server/api/schema/audit.ts';

/** By its sign and its word, not by its colour alone. */
const SIGNS: Readonly<Record<Finding['severity'], string>> = {
  critical: '▲▲',
  high: '▲',
  medium: '◆',
  low: '▽',
  info: '○',
};

export function Severity({ of }: { readonly of: Finding['severity'] }) {
  return (
    <span className={`badge ${of}`}>
      <span aria-hidden="true">{SIGNS[of]}</span> {of}
    </span>
  );
}
