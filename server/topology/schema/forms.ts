/**
 * The forms of text that the grammars read, told to editors and to the reference: a name, a pattern that every text of the form
 * fits, and examples. A pattern may let pass what the grammar refuses (`999` as a port), never the other way round.
 */
import { parseAccess } from '../grammar/access.ts';
import { parseAddress } from '../grammar/address.ts';
import { parseAddressOrAuto } from '../grammar/auto.ts';
import { wordsOf } from '../grammar/choice.ts';
import { parseDescription } from '../grammar/description.ts';
import { parseDomain } from '../grammar/domain.ts';
import { parseEndpoint, parseGlob } from '../grammar/endpoint.ts';
import { parseLostHost } from '../grammar/even-without.ts';
import { parseHome } from '../grammar/home.ts';
import { parseBorrowedPort, parseBridgeName } from '../grammar/interface-name.ts';
import { parseMac } from '../grammar/mac.ts';
import { parseMasquerade } from '../grammar/masquerade.ts';
import { parseName, parseReference } from '../grammar/name.ts';
import { parseOneToOne } from '../grammar/one-to-one.ts';
import { parseDestination, parsePrefix } from '../grammar/prefix.ts';
import { parseListen, parsePublish } from '../grammar/publish.ts';
import { parseListens, parseService } from '../grammar/service.ts';
import { parseMemory } from '../grammar/size.ts';
import { parseReaches, parseTarget } from '../grammar/target.ts';
import type { Reading } from '../problem.ts';

export type Parse = (text: string) => Reading<unknown>;

export interface Form {
  readonly title: string;
  /** A regular expression (ECMA-262) for the whole text; `null` for free text. */
  readonly pattern: string | null;
  readonly examples: readonly string[];
}

const NAME = '[a-z][a-z0-9-]{0,62}';
const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = `${OCTET}(?:\\.${OCTET}){3}`;
const IPV6 = '[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*';
const ADDRESS = `(?:${IPV4}|${IPV6})`;
const PREFIX = `(?:${IPV4}/(?:3[0-2]|[12]?\\d)|${IPV6}/(?:12[0-8]|1[01]\\d|[1-9]?\\d))`;
const PORT = '[1-9]\\d{0,4}';
const RANGE = `${PORT}(?:\\s*-\\s*${PORT})?`;
const PORTS = `${RANGE}(?:\\s*,\\s*${RANGE})*(?:\\s*/\\s*(?:tcp|udp))?`;
const LISTEN = `(?:(?:${IPV4}|\\[\\s*${IPV6}\\s*\\])\\s*:\\s*)?${PORTS}`;
const TARGET = `(?:(?:${NAME}|${IPV4}|\\[(?:${ADDRESS}|${NAME})\\])\\s*(?::\\s*${PORT})?|${IPV6})`;
const GLOB = '[a-z0-9*-]{1,63}';

const spaced = (pattern: string): string => `\\s*(?:${pattern})\\s*`;

const FORMS = new Map<Parse, Form>([
  [parseName, { title: 'name', pattern: NAME, examples: ['web1', 'app-net'] }],
  [parseReference, { title: 'name', pattern: NAME, examples: ['web1', 'app-net'] }],
  [parseDescription, { title: 'text', pattern: null, examples: ['Two app networks behind a gateway'] }],
  [parseAddress, { title: 'address', pattern: ADDRESS, examples: ['10.1.1.10', '2001:db8:1::10'] }],
  [parseAddressOrAuto, { title: 'address or `auto`', pattern: `auto|${ADDRESS}`, examples: ['10.1.1.10', 'auto'] }],
  [parsePrefix, { title: 'prefix', pattern: PREFIX, examples: ['10.1.1.0/24', '2001:db8:1::/64'] }],
  [
    parseDestination,
    { title: 'prefix or `default`', pattern: `default|${PREFIX}`, examples: ['10.50.0.0/16', 'default'] },
  ],
  [
    parseEndpoint,
    {
      title: 'endpoint',
      pattern: spaced(`${GLOB}|(?:${NAME}/)?(?:${ADDRESS}|${PREFIX})`),
      examples: ['shop', 'app-*', 'internet', '198.51.100.0/24'],
    },
  ],
  [parseGlob, { title: 'name or glob', pattern: GLOB, examples: ['shop', 'app-*'] }],
  [parseHome, { title: 'host or `auto`', pattern: NAME, examples: ['gw-x', 'auto'] }],
  [parseLostHost, { title: 'host or `any host`', pattern: `any host|${NAME}`, examples: ['gw-y', 'any host'] }],
  [
    parseService,
    { title: 'service', pattern: spaced(`icmp|any|${PORTS}`), examples: ['443/tcp', '53', 'icmp', 'any'] },
  ],
  [parseListens, { title: 'ports', pattern: spaced(PORTS), examples: ['8443/tcp', '10000-10100/udp'] }],
  [parseListen, { title: 'address and ports', pattern: spaced(LISTEN), examples: ['192.0.2.12:25/tcp', '443/tcp'] }],
  [parseTarget, { title: 'target', pattern: spaced(TARGET), examples: ['web1:8443', 'web2', '10.1.1.10:8443'] }],
  [parseReaches, { title: 'guest and port', pattern: spaced(`${NAME}\\s*(?::\\s*${PORT})?`), examples: ['web1:8443'] }],
  [
    parsePublish,
    {
      title: 'port mapping',
      pattern: spaced(`${LISTEN}\\s*->\\s*${TARGET}`),
      examples: ['443/tcp -> web1:8443', '10000-10100/udp -> web2'],
    },
  ],
  [parseMasquerade, { title: 'masquerade', pattern: spaced(`${NAME}\\s*->\\s*${NAME}`), examples: ['shop -> wan'] }],
  [
    parseOneToOne,
    {
      title: 'pair of addresses',
      pattern: spaced(`${ADDRESS}\\s*<->\\s*${ADDRESS}`),
      examples: ['192.0.2.50 <-> 10.1.2.10'],
    },
  ],
  [
    parseAccess,
    {
      title: 'access',
      pattern: spaced('local|ssh://[a-z_][a-z0-9_-]{0,31}@(?:[A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\])(?::\\d{1,5})?'),
      examples: ['local', 'ssh://root@gw-x.example.net'],
    },
  ],
  [
    parseMac,
    {
      title: 'MAC address',
      pattern: 'low24|[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}',
      examples: ['02:00:00:01:02:0a', 'low24'],
    },
  ],
  [parseBridgeName, { title: 'interface name', pattern: '[a-z][a-z0-9-]{0,14}', examples: ['br0'] }],
  [parseBorrowedPort, { title: 'interface name', pattern: '[a-zA-Z][a-zA-Z0-9.@_-]{0,14}', examples: ['eno1'] }],
  [
    parseDomain,
    { title: 'domain name', pattern: '[A-Za-z0-9](?:[A-Za-z0-9.-]{0,180})', examples: ['shop.example.net'] },
  ],
  [parseMemory, { title: 'amount of memory', pattern: '[1-9]\\d{0,8}[MGT]', examples: ['16G', '512M'] }],
]);

export const DURATION: Form = { title: 'span of time', pattern: '[1-9]\\d{0,8}m?s', examples: ['100ms', '1s'] };

/** What zod and JSON Schema are told of a text that this function reads. */
export function formMeta(parse: Parse, form: Form | undefined = FORMS.get(parse)): Record<string, unknown> {
  const words = wordsOf(parse);
  if (words !== undefined) return { enum: [...words] };
  // Whoever adds a grammar adds its form; a test asks for each.
  if (form === undefined) throw new TypeError('a grammar without a form');
  const { title, pattern, examples } = form;
  return { title, ...(pattern === null ? {} : { pattern: `^(?:${pattern})$` }), examples: [...examples] };
}

/** For tests: every grammar with its form. */
export const ALL_FORMS: ReadonlyMap<Parse, Form> = FORMS;
