import { Text } from '../ui/Text.tsx';
import type { Stage } from './mode.ts';

interface LineProps {
  readonly stage: Stage;
  readonly file: string;
  readonly line: number;
}

/** A line of the file, which the editor opens; of another file that it uses, its name alone. */
export function Line({ stage, file, line }: LineProps) {
  const text = `${file}:${String(line)}`;
  if (file !== stage.name)
    return (
      <b>
        <Text>{text}</Text>
      </b>
    );
  return (
    <button
      type="button"
      className="link"
      title="Open in the editor"
      onClick={() => {
        stage.enter('edit', { line: String(line) });
      }}
    >
      <Text>{text}</Text>
    </button>
  );
}
