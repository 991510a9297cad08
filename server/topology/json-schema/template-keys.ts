/**
 * The keys that templates are made of, for editors and the reference: `expand/` carries them out before anything meets the
 * schemas, so these are here to describe, and a test holds them against what it reads.
 */
import * as z from 'zod';

const VARIABLE = { title: 'name of a value', pattern: '^[a-z][a-z0-9_]{0,62}$', examples: ['platforms', 'n'] };
const variable = z.string().meta(VARIABLE);
const value = z.union([z.string(), z.int(), z.boolean()]);

export const Parameters = z
  .record(variable, z.union([value, z.null()]))
  .nullable()
  .meta({
    description:
      'values that the file can be told from outside, with their defaults; read as `${NAME}`, set with `--set NAME=VALUE` or by `with` of a `use`. One without a default must be given',
    examples: [{ platforms: 14, name: 'crm' }],
  });

const UsePart = z.union([
  z.string().meta({ title: 'path', examples: ['./parts/monitoring.yaml'] }),
  z.strictObject({
    file: z.string().meta({
      title: 'path',
      description: 'path of the part, from the folder of this file',
      examples: ['./parts/app-network.yaml'],
    }),
    with: z
      .record(variable, value)
      .optional()
      .meta({ description: 'values for the parameters of the part', examples: [{ name: 'crm', vlan: 301 }] }),
  }),
]);

export const Use = z
  .array(UsePart)
  .nullable()
  .meta({
    description: 'parts from other files, as they are or with parameters',
    examples: [['./parts/monitoring.yaml', { file: './parts/app-network.yaml', with: { name: 'crm' } }]],
  });

/** What a variable of an item of `for` goes through. */
export const Values = z
  .union([
    z.string().meta({ title: 'range', pattern: '^\\s*-?\\d{1,17}\\s*\\.\\.\\s*-?\\d{1,17}\\s*$', examples: ['1..14'] }),
    z.array(value),
  ])
  .meta({
    description: 'what the variable goes through: a range, both ends included, or a list; several variables multiply',
    examples: ['1..14', ['north', 'south']],
  });

export const FOR_DESCRIPTION =
  'parts of the file that are repeated: each item names variables and what they go through, and holds sections that speak of them as `${n}`';
export const FOR_EXAMPLE = [{ n: '1..3', networks: { 'app-${n}': { vlan: '${200 + n}' } } }];
