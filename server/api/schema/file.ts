import { z } from 'zod';
import { document } from './common.ts';
import { Graph } from './graph.ts';

/** SHA-256 of the bytes of a file, in hexadecimal digits. */
const Hash = z.string().regex(/^[0-9a-f]{64}$/);

/** `file` is its path in the folder. */
const FileText = z.object({ file: z.string(), text: z.string(), hash: Hash }).readonly();
export type FileText = z.infer<typeof FileText>;

/** `writable`: whether the server has the right to write the file. */
const OwnText = z.object({ ...FileText.unwrap().shape, writable: z.boolean() }).readonly();
export type OwnText = z.infer<typeof OwnText>;

/** `parts`: the files that it uses. */
export const TopologyFileText = z
  .object({ ...document, ...OwnText.unwrap().shape, parts: z.array(OwnText).readonly() })
  .readonly();
export type TopologyFileText = z.infer<typeof TopologyFileText>;

/** More characters than a file may have bytes are more bytes in any case. */
const Text = z.string().max(1_048_576);

/** Of a file that the topology uses, by its path in the folder; of the topology itself where it is left out. */
const part = z.string().max(512).optional();

export const Draft = z.object({ text: Text, part }).readonly();

/** `ok`: no error; `graph` is `null` where there is one. */
export const DraftChecked = z.object({ ...document, ok: z.boolean(), graph: Graph.nullable() }).readonly();
export type DraftChecked = z.infer<typeof DraftChecked>;

/** `text` is `null` where the draft is no YAML: the diagnostics say how. */
export const DraftFormatted = z.object({ ...document, text: z.string().nullable() }).readonly();
export type DraftFormatted = z.infer<typeof DraftFormatted>;

/** `base`: the hash of what the text was made from. `force`: write it although it is no YAML. */
export const FileChange = z.object({ text: Text, part, base: Hash, force: z.boolean().optional() }).readonly();

export const FileSaved = z.object({ ...document, hash: Hash }).readonly();
export type FileSaved = z.infer<typeof FileSaved>;

/** A name in the folder, or in one of its folders that is there already. Without `text`, an empty topology. */
export const NewFile = z
  .object({
    name: z.string().regex(/^(?:[A-Za-z0-9][A-Za-z0-9._-]{0,99}\/)?[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.ya?ml$/),
    text: Text.optional(),
  })
  .readonly();

export const Created = z.object({ ...document, name: z.string(), hash: Hash }).readonly();
export type Created = z.infer<typeof Created>;

export const TopologySchema = z
  .object({ ...document, schema: z.record(z.string(), z.unknown()).readonly() })
  .readonly();
export type TopologySchema = z.infer<typeof TopologySchema>;
