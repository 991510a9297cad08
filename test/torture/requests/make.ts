/** Requests that nobody sends by mistake: made from a seed, by the contract and against it. */
import { z } from 'zod';
import { API } from '../../../server/api/contract/api.ts';
import type { Operation } from '../../../server/api/contract/operation.ts';
import { oneOf } from '../../support/seeded.ts';

export type Random = () => number;

export interface MadeRequest {
  readonly method: string;
  /** Path and query, as they go over the wire. */
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer | null;
}

export interface Caller {
  readonly cookie: string;
  readonly origin: string;
  readonly host: string;
  /** What there is, so that some requests get past looking it up. */
  readonly topologies: readonly string[];
}

const OPERATIONS: readonly (readonly [string, Operation])[] = Object.entries(API);

/** What asks hosts, or goes on for ever, is asked about what there is not: the machine that the tests run on is no test object. */
const TOUCHES = /\/(plan|apply|status|confirm|rollback|audit|drift|live|events)$/;

const HOSTILE: readonly string[] = [
  ...[
    '',
    ' ',
    '.',
    '..',
    '../..',
    '/',
    '//',
    '%',
    '%00',
    '%2e%2e%2f',
    '%c0%af',
    '%ff',
    '%zz',
    '\u0000',
    '\n',
    '\r\nX: y',
  ],
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'null',
    'undefined',
    'NaN',
    'true',
    '-1',
    '1e999',
  ],
  ...[
    '9'.repeat(400),
    'a'.repeat(511),
    'a'.repeat(513),
    'ä',
    '\u202e',
    '\ufeff',
    '💥',
    '\ud800',
    'small.yaml\u0000',
    'SMALL.YAML',
  ],
  ...[
    '<script>',
    "' OR 1=1 --",
    '$(id)',
    '`id`',
    '{{7*7}}',
    '${7*7}',
    '-rf',
    '--help',
    'internet',
    'web1',
    '10.1.1.10',
    '::1',
  ],
  ...[
    'web1:80/tcp',
    'internet:0/tcp',
    'web1:99999/tcp',
    '[::1]:1/udp',
    'x/icmp',
    '20261122T060000-abcd',
    'A'.repeat(22),
  ],
];

export function makeRequest(random: Random, caller: Caller): MadeRequest {
  const [key, operation] = oneOf(random, OPERATIONS);
  const [method = '', pattern = ''] = key.split(' ');
  const path = chance(random, 0.06) ? strangePath(random) : fill(random, pattern, caller);
  const query = queryOf(random, operation);
  const body = bodyOf(random, method, operation);
  return {
    method: chance(random, 0.06) ? oneOf(random, METHODS) : method,
    target: query === '' ? path : `${path}?${query}`,
    headers: headersOf(random, caller, body !== null),
    body,
  };
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY', 'LOCK'];

export function chance(random: Random, share: number): boolean {
  return random() < share;
}

function word(random: Random): string {
  if (chance(random, 0.8)) return oneOf(random, HOSTILE);
  return Array.from({ length: Math.floor(random() * 40) }, () =>
    String.fromCharCode(Math.floor(random() * 0x250)),
  ).join('');
}

function encoded(random: Random, text: string): string {
  // Some as they are: percent signs that begin nothing, and bytes above ASCII, which a client would never send.
  if (chance(random, 0.15)) return text.replaceAll(/[\s\u0000-\u001f]/g, '');
  return encodeURIComponent(text.toWellFormed());
}

function fill(random: Random, pattern: string, { topologies }: Caller): string {
  const known = !TOUCHES.test(pattern) && chance(random, 0.6);
  return pattern.replaceAll(/:(\w+)/g, (_match, name: string) =>
    name === 'name' && known ? encodeURIComponent(oneOf(random, topologies)) : encoded(random, word(random)),
  );
}

function strangePath(random: Random): string {
  const parts = Array.from({ length: Math.floor(random() * 6) }, () => encoded(random, word(random)));
  return `/${chance(random, 0.5) ? 'api/' : ''}${parts.join('/')}`;
}

function queryOf(random: Random, { query }: Operation): string {
  const names = Object.keys(query?.shape ?? {});
  const pairs = names.flatMap((name) => {
    const times = chance(random, 0.7) ? 1 : Math.floor(random() * 4);
    return Array.from({ length: times }, () => `${name}=${encoded(random, word(random))}`);
  });
  const more = chance(random, 0.2) ? [`${encoded(random, word(random))}=${encoded(random, word(random))}`] : [];
  const broken = chance(random, 0.05) ? ['&&=&%&a[b]=1&a[__proto__][x]=1'] : [];
  return [...pairs, ...more, ...broken].join('&');
}

function bodyOf(random: Random, method: string, { body }: Operation): Buffer | null {
  if (body === undefined) return chance(random, 0.1) && method !== 'GET' ? Buffer.from(rawBody(random)) : null;
  if (chance(random, 0.15)) return Buffer.from(rawBody(random));
  const schema = z.toJSONSchema(body, { io: 'input' });
  const text = JSON.stringify(spoiled(random, sample(random, schema)) ?? null);
  // Written as text, since an object literal with that key would set its prototype.
  const poisoned = chance(random, 0.1)
    ? text.replace('{', '{"__proto__":{"admin":true},"constructor":{"prototype":{}},')
    : text;
  return chance(random, 0.05) ? Buffer.from(poisoned, 'utf16le') : Buffer.from(poisoned);
}

function rawBody(random: Random): string {
  return oneOf(random, [
    ...['', '{', 'null', '[]', '""', '0', '{"a":1}{"b":2}', '\ufeff{}', '{"a":\u0000}', 'name=x&password=y', '<xml/>'],
    ...[
      '['.repeat(20_000),
      `{"a":${'{"a":'.repeat(5_000)}`,
      `"${'x'.repeat(70_000)}"`,
      '{"__proto__":null}',
      '1e400',
      '{"a":1,}',
    ],
  ]);
}

type Schema = Readonly<Record<string, unknown>>;

/** A value that a schema lets through, more or less. */
function sample(random: Random, schema: Schema, depth = 0): unknown {
  const choices = (schema['anyOf'] ?? schema['oneOf']) as readonly Schema[] | undefined;
  if (choices !== undefined) return sample(random, oneOf(random, choices), depth + 1);
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return oneOf(random, schema['enum'] as readonly unknown[]);
  const type = [schema['type']].flat()[0];
  if (type === 'object') {
    const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>;
    const required = (schema['required'] ?? []) as readonly string[];
    const kept = Object.entries(properties).filter(([name]) => required.includes(name) || chance(random, 0.5));
    return Object.fromEntries(kept.map(([name, each]) => [name, sample(random, each, depth + 1)]));
  }
  if (type === 'array' && depth < 8)
    return Array.from({ length: Math.floor(random() * 4) }, () =>
      sample(random, (schema['items'] ?? {}) as Schema, depth + 1),
    );
  if (type === 'boolean') return chance(random, 0.5);
  if (type === 'number' || type === 'integer') return oneOf(random, [0, 1, 5, 60, -1, 0.5, 2 ** 53, 1e308]);
  return word(random);
}

/** Now and then a value of another sort, one that is missing, or one that nobody asked for. */
function spoiled(random: Random, value: unknown): unknown {
  if (chance(random, 0.12))
    return oneOf(random, [null, [], {}, '', 0, -1, true, word(random), [[[[]]]], { length: 1e9 }]);
  if (Array.isArray(value)) return value.map((each) => spoiled(random, each));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(() => !chance(random, 0.05));
  const more = chance(random, 0.1) ? [[word(random), word(random)] as const] : [];
  return Object.fromEntries([...kept.map(([name, each]) => [name, spoiled(random, each)] as const), ...more]);
}

function headersOf(
  random: Random,
  { cookie, origin, host }: Caller,
  hasBody: boolean,
): readonly (readonly [string, string])[] {
  const headers: (readonly [string, string])[] = [['host', chance(random, 0.98) ? host : plain(word(random))]];
  if (chance(random, 0.93))
    headers.push(['cookie', chance(random, 0.95) ? cookie : `${cookie}; ${plain(word(random))}=1`]);
  if (chance(random, 0.95)) headers.push(['origin', chance(random, 0.97) ? origin : plain(word(random))]);
  if (hasBody && chance(random, 0.97))
    headers.push(['content-type', chance(random, 0.85) ? 'application/json' : oneOf(random, TYPES)]);
  if (chance(random, 0.2)) headers.push([oneOf(random, NAMES), plain(word(random))]);
  if (chance(random, 0.02)) headers.push([`x-${'a'.repeat(50)}`, 'b'.repeat(Math.floor(random() * 20_000))]);
  return headers;
}

const TYPES = [
  ...[
    'text/plain',
    'application/json; charset=utf-16',
    'application/json;;',
    ' application/json',
    '\tapplication/json',
    'application/JSON',
  ],
  ...[
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'a',
    '',
    '/',
    'application/json, text/plain',
  ],
];

const NAMES = [
  ...[
    'accept',
    'accept-encoding',
    'authorization',
    'content-encoding',
    'expect',
    'forwarded',
    'if-none-match',
    'last-event-id',
    'range',
  ],
  ...[
    'referer',
    'te',
    'transfer-encoding',
    'upgrade',
    'user-agent',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-http-method-override',
  ],
];

/** What may stand in a header at all: others are for the wire alone. */
function plain(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '');
}
