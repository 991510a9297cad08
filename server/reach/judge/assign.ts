/** What a rule writes into a field of the packet or of its flow. */
import type { Table, Value } from '../rules/ruleset.ts';
import type { Answer } from './lookup.ts';
import { lookUp, valueOf } from './lookup.ts';
import type { FieldValue, Packet } from './packet.ts';
import { SOME } from './packet.ts';

export interface Assigned {
  /** `false`: the value cannot be read, and the rule ends here. */
  readonly there: Answer;
  readonly mayMiss: boolean;
  readonly value: FieldValue;
}

export function assignedValues(value: Value, packet: Packet, table: Table): Assigned {
  switch (value.type) {
    case 'constant':
      return { there: true, mayMiss: false, value: value.value };
    case 'any':
      return { there: null, mayMiss: true, value: SOME };
    case 'spread': {
      const tried = packet.get('chance');
      const number = typeof tried === 'bigint' ? value.first + (tried % BigInt(value.count)) : SOME;
      return { there: true, mayMiss: false, value: number };
    }
    case 'field': {
      const bits = valueOf(value.term, packet);
      if (bits === null) return { there: false, mayMiss: true, value: null };
      return { there: true, mayMiss: false, value: typeof bits === 'bigint' ? bits ^ value.xor : SOME };
    }
    case 'lookup': {
      const { there, hits, perhaps, mayMiss, members } = lookUp(value.key, value.among, packet, table);
      if (there === false) return { there, mayMiss: true, value: null };
      if (members === undefined || members.unread.length > 0) return { there: null, mayMiss: true, value: SOME };
      const found = hits.length > 0 ? hits : perhaps;
      const numbers = new Set(found.map((entry) => singleOf(entry.value)));
      const [only] = numbers;
      if (found.length === 0) {
        const otherwise = singleOf(members.otherwise);
        return otherwise === SOME
          ? { there: false, mayMiss: true, value: null }
          : { there, mayMiss: false, value: otherwise };
      }
      const value_ = numbers.size === 1 && only !== undefined ? only : SOME;
      return { there: mayMiss ? null : there, mayMiss: mayMiss || there === null, value: value_ };
    }
  }
}

function singleOf(value: unknown): bigint | typeof SOME {
  if (!Array.isArray(value)) return SOME;
  const part = (value as readonly { readonly first?: bigint; readonly last?: bigint }[])[0];
  return part?.first !== undefined && part.first === part.last ? part.first : SOME;
}
