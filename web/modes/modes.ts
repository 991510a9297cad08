import { lazy } from 'react';
import type { Mode } from './mode.ts';

/** In the order of their buttons. A new mode is a folder and a row here. */
export const MODES: readonly Mode[] = [
  {
    ...{ id: 'edit', label: 'Edit', hint: 'Edit the file', key: 'e', wide: true, withoutGraph: true },
    ...{ showsChosen: true, showsDiagnostics: true },
    Panel: lazy(async () => ({ default: (await import('./edit/EditMode.tsx')).EditMode })),
  },
  {
    ...{ id: 'packet', label: 'Packet', hint: 'Follow a packet', key: 'p', wide: false, withoutGraph: false },
    Panel: lazy(async () => ({ default: (await import('./packet/PacketMode.tsx')).PacketMode })),
  },
  {
    ...{
      id: 'plan',
      label: 'Plan',
      hint: 'See what would change, and apply it',
      key: 'g',
      wide: true,
      withoutGraph: false,
    },
    Panel: lazy(async () => ({ default: (await import('./plan/PlanMode.tsx')).PlanMode })),
  },
  {
    ...{
      id: 'history',
      label: 'History',
      hint: 'See what was done, and go back',
      key: 'h',
      wide: true,
      withoutGraph: true,
    },
    Panel: lazy(async () => ({ default: (await import('./history/HistoryMode.tsx')).HistoryMode })),
  },
  {
    ...{ id: 'audit', label: 'Audit', hint: 'Port mappings and findings', key: 'u', wide: true, withoutGraph: false },
    Panel: lazy(async () => ({ default: (await import('./audit/AuditMode.tsx')).AuditMode })),
  },
  {
    ...{ id: 'policy', label: 'Policy', hint: 'Who can reach whom', key: 'm', wide: true, withoutGraph: false },
    Panel: lazy(async () => ({ default: (await import('./policy/PolicyMode.tsx')).PolicyMode })),
  },
  {
    ...{
      id: 'failure',
      label: 'Failure',
      hint: 'What is lost without hosts',
      key: 'd',
      wide: true,
      withoutGraph: false,
    },
    Panel: lazy(async () => ({ default: (await import('./failure/FailureMode.tsx')).FailureMode })),
  },
];
