import { TopologyParams } from '../schema/common.ts';
import {
  Created,
  Draft,
  DraftChecked,
  DraftFormatted,
  FileChange,
  FileSaved,
  NewFile,
  TopologyFileText,
  TopologySchema,
} from '../schema/file.ts';
import type { Operations } from './operation.ts';

/** A text of 1 MiB as JSON: quotes and ends of lines take two bytes there. */
const DRAFT_BYTES = 2_200_000;

export const fileOperations = {
  'GET /api/topologies/:name/file': {
    role: 'view',
    summary: 'The text of a topology and of the parts that it uses, each with its hash',
    params: TopologyParams,
    answer: TopologyFileText,
  },
  'POST /api/topologies/:name/check': {
    role: 'view',
    summary:
      'What `check` would say with another text of the topology or of a part, and its graph where it is right; nothing is written',
    params: TopologyParams,
    body: Draft,
    bodyLimit: DRAFT_BYTES,
    answer: DraftChecked,
  },
  'POST /api/topologies/:name/format': {
    role: 'view',
    summary: 'A text in the form that `fmt` writes; nothing is written',
    params: TopologyParams,
    body: Draft,
    bodyLimit: DRAFT_BYTES,
    answer: DraftFormatted,
  },
  'PUT /api/topologies/:name/file': {
    role: 'plan',
    summary: 'Writes the text of a topology or of a part, if the file is still the one that it was made from',
    params: TopologyParams,
    body: FileChange,
    bodyLimit: DRAFT_BYTES,
    answer: FileSaved,
  },
  'POST /api/topologies': {
    role: 'plan',
    summary: 'Makes a topology that is not there yet',
    body: NewFile,
    bodyLimit: DRAFT_BYTES,
    answer: Created,
  },
  'GET /api/schema': {
    role: 'view',
    summary: 'The JSON Schema of topology files, for completion and explanations',
    answer: TopologySchema,
  },
} as const satisfies Operations;
