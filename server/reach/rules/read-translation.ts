/** `snat`, `dnat`, `masquerade` and `redirect`. */
import { z } from 'zod';
import type { Json } from '../../core/json.ts';
import { printable } from './printable.ts';
import { readLookup } from './read-match.ts';
import type { InTable, Part, Span, Translation } from './ruleset.ts';
import type { ValueType } from './field-names.ts';
import { readPart } from './values.ts';

const Listed = z
  .strictObject({
    family: z.enum(['ip', 'ip6']).optional(),
    addr: z.unknown().optional(),
    port: z.unknown().optional(),
    flags: z.union([z.string(), z.array(z.string())]).optional(),
    type_flags: z.union([z.string(), z.array(z.string())]).optional(),
  })
  .partial()
  .nullable();

type Word = 'snat' | 'dnat' | 'masquerade' | 'redirect';

export function readTranslation(word: Word, value: Json, table: InTable): Translation {
  const side = word === 'snat' || word === 'masquerade' ? 'source' : 'destination';
  const listed = Listed.safeParse(value);
  const any: Translation = { side, to: { type: 'any', text: printable({ [word]: value }) }, port: null, random: true };
  if (!listed.success) return any;
  const { addr, port, flags = [], type_flags = [], family } = listed.data ?? {};
  const words = [flags, type_flags].flat();
  const ports = port === undefined ? null : readPart('inet_service', port as Json);
  if (ports === undefined || (ports !== null && !isSpan(ports))) return any;
  const to =
    word === 'masquerade' || word === 'redirect'
      ? ({ type: 'interface' } as const)
      : readTarget(
          addr as Json | undefined,
          family ?? table.family,
          words.includes('prefix') || words.includes('netmap'),
          table,
        );
  return to === undefined ? any : { side, to, port: ports, random: words.some((each) => /random/.test(each)) };
}

const Map = z.strictObject({ map: z.unknown().optional() });

function readTarget(
  address: Json | undefined,
  familyWord: string,
  prefix: boolean,
  table: InTable,
): Translation['to'] | undefined {
  if (address === undefined) return { type: 'unchanged' };
  const family = familyWord === 'ip6' ? 6 : 4;
  const type: ValueType = family === 4 ? 'ipv4_addr' : 'ipv6_addr';
  const map = Map.safeParse(address);
  if (map.success) {
    const data = mapData(map.data.map, type);
    const lookup = readLookup(map.data.map, data, table);
    return lookup === undefined ? undefined : { type: 'lookup', family, prefix, ...lookup };
  }
  const span = readPart(type, address);
  if (span === undefined || !isSpan(span)) return undefined;
  return { type: prefix ? 'prefix' : 'address', family, span };
}

/** A map that is written in the rule says by its elements whether it gives a port too. */
function mapData(lookup: unknown, type: ValueType): readonly ValueType[] {
  const inline = z.object({ data: z.object({ set: z.array(z.tuple([z.unknown(), z.unknown()])) }) }).safeParse(lookup);
  const first = inline.success ? inline.data.data.set[0]?.[1] : undefined;
  return z.object({ concat: z.array(z.unknown()) }).safeParse(first).success ? [type, 'inet_service'] : [type];
}

function isSpan(part: Part): part is Span {
  return 'first' in part;
}
