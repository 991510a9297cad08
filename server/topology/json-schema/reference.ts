/**
 * The reference of the language as a page (`topologies/REFERENCE.md`): every key in the order in which a file is written, the forms
 * of values, and every diagnostic. Made from the same JSON Schema that editors get.
 */
import { Document, isCollection, visit } from 'yaml';
import { CODES } from '../../core/codes.ts';
import { SECTIONS } from '../format/canonical.ts';
import { FUNCTIONS } from '../expression/functions.ts';
import { formatYaml, parseText } from '../format/format-yaml.ts';
import { ALL_FORMS, DURATION } from '../schema/forms.ts';
import { topologySchema } from './generate.ts';
import { isList, type JsonSchema } from './json.ts';
import { codeOf, tableOf } from './markdown.ts';
import { fieldsOf, formsOf, partsBelow, takesText, type Field } from './outline.ts';

export function referencePage(): string {
  const schema = topologySchema({ whole: true });
  const parts = [
    INTRODUCTION,
    contents(),
    ...SECTIONS.map((key) => sectionText(schema, key)),
    expressionsText(),
    formsText(),
    acceptedText(),
    diagnosticsText(),
  ];
  return `${parts.join('\n\n')}\n`;
}

const INTRODUCTION = `# The topology language

Every key that a topology file may have, in the order in which a file is written. \`trunkline schema -f markdown\` prints this page; \`trunkline schema\` prints the same for
editors, with completion and explanations while you type:

\`\`\`sh
trunkline schema > topology.schema.json
\`\`\`

and, as the first line of a topology file, for every editor with a YAML language server:

\`\`\`yaml
# yaml-language-server: $schema=topology.schema.json
\`\`\`

Maps are keyed by name. Where one value or a list is taken, one value stands for a list of one. The order of keys and of rules never changes the meaning; \`trunkline fmt\`
brings them into this order. On the page that \`trunkline serve\` shows, the editor completes and explains the same keys, checks what is typed as \`trunkline check\` does, and opens the files that
a topology uses (\`use\`) as well. The examples in [this folder](README.md) show whole files.`;

function acceptedText(): string {
  const rows = [
    ['`finding` (required)', 'id of a sort of finding', 'which sort is accepted'],
    [
      '`about`',
      'text',
      'which finding of it, by the `about` that the audit gives it; `*` stands for any text; left out: all',
    ],
    ['`reason` (required)', 'text', 'why; it is shown with the finding'],
    ['`until` (required)', 'day', 'the last day on which it holds, in UTC'],
  ];
  return `## Accepted findings

What \`trunkline audit\` finds, and somebody has decided to live with, is written into a file of its own beside the topology: \`office.accepted.yaml\` for \`office.yaml\`.

\`\`\`yaml
suppress:
  - finding: EXP-001
    about: "internet -> bastion 22/tcp"
    reason: jump host, keys only, reviewed by the network team
    until: 2027-03-31
\`\`\`

${tableOf(['key', 'takes', 'meaning'], rows)}

An accepted finding is listed as such, with its reason, and counts for no \`--fail-on\`. One whose day is past is a finding again, and that is said; so is an entry that fits nothing any more.
On the page, Audit reads this file by itself and writes it (Accept, with a reason and a day), comments kept, unless somebody else has written it meanwhile; the command line reads it where it is
named: \`trunkline audit office.yaml --accepted office.accepted.yaml\`. It is no part of the topology: it changes nothing on any host.`;
}

function expressionsText(): string {
  const functions = [...FUNCTIONS.values()].map(({ form }) => codeOf(form)).join(', ');
  return `## Expressions

Any value of one line, and any name that a file gives, may hold \`\${…}\`, which is worked out when the file is read. Inside stand parameters and variables by name, whole
numbers with \`+ - * / %\`, comparisons with \`&&\`, \`||\` and \`!\`, \`? :\`, texts in single quotes, and the functions ${functions}. Indexes count from 0:
\`subnet('10.8.0.0/13', 24, 2)\` is \`10.8.2.0/24\`, \`address('10.8.2.0/24', 1)\` is \`10.8.2.1\`, \`pad(7, 3)\` is \`007\`. A value that is nothing but one \`\${…}\`
keeps its sort: \`vlan: "\${200 + n}"\` is a number. \`$\${\` stands for \`\${\` itself.`;
}

function contents(): string {
  const line = (title: string, anchor: string): string => `- [${title}](#${anchor})`;
  return [
    ...SECTIONS.map((key) => line(codeOf(key), key)),
    line('Expressions', 'expressions'),
    line('Forms of values', 'forms-of-values'),
    line('Accepted findings', 'accepted-findings'),
    line('Diagnostics', 'diagnostics'),
  ].join('\n');
}

function sectionText(schema: JsonSchema, key: string): string {
  const section = fieldsOf(schema, schema).find((field) => field.key === key);
  if (section === undefined) throw new TypeError(`no key ${key}`);
  const opening = [`## \`${key}\``, `${sentence(section.meaning)} Takes: ${takesText(section.schema, schema, key)}.`];
  const example = section.examples[0];
  if (example !== undefined) opening.push(`\`\`\`yaml\n${blockOf({ [key]: example })}\n\`\`\``);
  const below = partsBelow(section.schema, schema, key).map(({ path, part }) => {
    return `### \`${path}\`\n\n${fieldTable(fieldsOf(part, schema), schema)}`;
  });
  return [...opening, ...below].join('\n\n');
}

function fieldTable(fields: readonly Field[], schema: JsonSchema): string {
  const rows = fields.map((field) => [
    `\`${field.key}\`${field.required ? ' (required)' : ''}`,
    takesText(field.schema, schema, field.key),
    field.usual === undefined ? '' : `\`${JSON.stringify(field.usual).replaceAll('"', '')}\``,
    field.meaning,
    exampleOf(field, schema),
  ]);
  return tableOf(['key', 'takes', 'default', 'meaning', 'example'], rows);
}

/** Its own, or the first one of the form that it takes. */
function exampleOf({ key, schema, examples }: Field, root: JsonSchema): string {
  const ofForms = formsOf(schema, root).flatMap((form) => (isList(form['examples']) ? form['examples'] : []));
  const example = examples[0] ?? ofForms[0];
  return example === undefined ? '' : codeOf(yamlOf({ [key]: example }));
}

/** In normal form, on one line where it fits. */
function yamlOf(value: unknown): string {
  return formatYaml(parseText(JSON.stringify(value))).trimEnd();
}

/** The same with names and items on lines of their own, as in a file. */
function blockOf(value: unknown): string {
  const document = new Document(value);
  visit(document, {
    Collection(_, node, path) {
      node.flow = path.filter((each) => isCollection(each)).length > 1;
    },
  });
  return formatYaml(parseText(document.toString({ lineWidth: 0 }))).trimEnd();
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function formsText(): string {
  const forms = new Map([...ALL_FORMS.values(), DURATION].map((form) => [form.title, form]));
  const rows = [...forms.values()].map(({ title, examples }) => [title, examples.map(codeOf).join(', ')]);
  return `## Forms of values\n\n${tableOf(['form', 'examples'], rows)}`;
}

function diagnosticsText(): string {
  const rows = Object.entries(CODES).map(([code, { severity, summary }]) => [`\`${code}\``, severity, summary]);
  const text = [
    'What `trunkline check` can say of a file. All problems are found in one run; each comes with its place, the reason and a change to try.',
    'An error stops every verb that needs the file; a warning is said, and the file is used.',
  ].join(' ');
  return `## Diagnostics\n\n${text}\n\n${tableOf(['code', 'severity', 'summary'], rows)}`;
}
