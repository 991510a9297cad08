import type { Locus } from '../../../server/api/schema/audit.ts';
import { Text } from '../../ui/Text.tsx';
import { Line } from '../Line.tsx';
import type { Stage } from '../mode.ts';

/** Where it stands: lines of the file lead there, rules are shown as they are. */
export function Loci({ at, stage }: { readonly at: readonly Locus[]; readonly stage: Stage }) {
  return (
    <ul className="loci">
      {at.map(({ stack, object, text, place }, index) => (
        <li key={index}>
          {place === null ? null : <Line stage={stage} file={place.file} line={place.line} />}
          {stack === null && object === null ? null : (
            <span className="said">
              <Text>{[stack, object].filter((each) => each !== null).join(': ')}</Text>
            </span>
          )}
          {text === null ? null : (
            <code>
              <Text>{text}</Text>
            </code>
          )}
        </li>
      ))}
    </ul>
  );
}
