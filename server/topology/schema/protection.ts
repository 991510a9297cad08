import { parseChoice } from '../grammar/choice.ts';
import { written } from './value.ts';

/** What happens to a guest or gateway when its host is lost. */
export const ProtectionPart = written(parseChoice(['protected', 'restart', 'none']))
  .optional()
  .meta({
    description:
      'when its host is lost: `protected` is restarted on another one, `restart` if room is left, `none` is not',
    examples: ['protected'],
  });
