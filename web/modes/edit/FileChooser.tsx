import type { TopologyFileText } from '../../../server/api/schema/file.ts';
import { plainText } from '../../../server/core/plain-text.ts';
import { Text } from '../../ui/Text.tsx';
import { unsavedOf } from './kept.ts';

interface FileChooserProps {
  readonly file: TopologyFileText;
  /** Path of the one that is open. */
  readonly open: string;
  readonly onOpen: (path: string) => void;
}

/** Which of the files is edited: the topology, or one that it uses. Where there is one only, its name. */
export function FileChooser({ file, open, onOpen }: FileChooserProps) {
  if (file.parts.length === 0)
    return (
      <strong>
        <Text>{open}</Text>
      </strong>
    );
  return (
    <select
      className="files"
      aria-label="File"
      title="The topology, and the files that it uses"
      value={open}
      onChange={(event) => {
        onOpen(event.target.value);
      }}
    >
      {[file.file, ...file.parts.map((part) => part.file)].map((path) => (
        <option key={path} value={path}>
          {plainText(path)}
          {path === file.file ? '' : ' (part)'}
          {path !== open && unsavedOf(path) !== undefined ? ' • not saved' : ''}
        </option>
      ))}
    </select>
  );
}
