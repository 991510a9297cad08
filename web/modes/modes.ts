import { lazy } from 'react';
import type { Mode } from './mode.ts';

/** In the order of their buttons. A new mode is a folder and a row here. */
export const MODES: readonly Mode[] = [
  {
    ...{ id: 'packet', label: 'Packet', hint: 'Follow a packet', key: 'p', wide: false, withoutGraph: false },
    Panel: lazy(async () => ({ default: (await import('./packet/PacketMode.tsx')).PacketMode })),
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
