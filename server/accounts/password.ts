/** Passwords: argon2id, as PHC string with its parameters and salt, computed by the threads of libuv beside the event loop. */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Failure } from '../core/failure.ts';

/** RFC 9106, section 4. */
export interface PasswordCost {
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** The second recommended option of RFC 9106 (64 MiB, three passes, four lanes); OWASP asks for a third of that memory. */
export const USUAL_COST: PasswordCost = { memory: 65_536, passes: 3, parallelism: 4 };

export interface Passwords {
  /** `$argon2id$v=19$m=65536,t=3,p=4$SALT$TAG`. */
  hash(password: string): Promise<string>;
  /** One computation, whatever comes of it. `null`: there is nothing to compare with, which takes the same work and is wrong. */
  verify(password: string, hash: string | null): Promise<boolean>;
  /** Made with other parameters than today's. */
  isOutdated(hash: string): boolean;
  /** How often argon2 was computed. */
  readonly computed: number;
}

const LENGTH = { least: 12, most: 256 };
/** Each takes its memory, and threads that reading files needs too. */
const AT_ONCE = 2;
const WAITING = 32;
const TAG_BYTES = 32;

/** Thrown where so many wait for theirs to be computed that another one is not taken. */
export class TooManySignIns extends Error {}

export function createPasswords(cost: PasswordCost = USUAL_COST): Passwords {
  const compute = promisify(argon2);
  const slots = createSlots();
  let computed = 0;
  const tagOf = async (
    password: string,
    { salt, ...used }: PasswordCost & { readonly salt: Buffer },
    bytes: number,
  ) => {
    await slots.enter();
    try {
      computed += 1;
      const message = Buffer.from(password.normalize('NFKC').slice(0, LENGTH.most * 4), 'utf8');
      return await compute('argon2id', { message, nonce: salt, tagLength: bytes, ...used });
    } finally {
      slots.leave();
    }
  };
  const nobody = { ...cost, salt: randomBytes(16) };
  return {
    get computed() {
      return computed;
    },
    async hash(password) {
      const salt = randomBytes(16);
      const tag = await tagOf(password, { ...cost, salt }, TAG_BYTES);
      return formatPhc({ ...cost, salt, tag });
    },
    async verify(password, hash) {
      const kept = hash === null ? null : parsePhc(hash);
      const { memory, passes, parallelism, salt } = kept ?? nobody;
      const tag = await tagOf(password, { memory, passes, parallelism, salt }, kept?.tag.length ?? TAG_BYTES);
      return timingSafeEqual(tag, kept?.tag ?? randomBytes(TAG_BYTES));
    },
    isOutdated(hash) {
      const { memory, passes, parallelism, tag } = parsePhc(hash);
      const same = memory === cost.memory && passes === cost.passes && parallelism === cost.parallelism;
      return !same || tag.length !== TAG_BYTES;
    },
  };
}

/** NIST SP 800-63B: long enough, and otherwise as people like. */
export function requirePassword(name: string, password: string): void {
  const { length } = password.normalize('NFKC');
  if (length < LENGTH.least || length > LENGTH.most)
    throw new Failure('usage', `A password has ${String(LENGTH.least)} to ${String(LENGTH.most)} characters`);
  const hasName = name.length >= 4 && password.toLowerCase().includes(name.toLowerCase());
  if (new Set(password).size < 5 || hasName)
    throw new Failure('usage', 'That password is easy to guess', {
      detail: 'It must not contain the name, and have at least five different characters.',
    });
}

interface Phc extends PasswordCost {
  readonly salt: Buffer;
  readonly tag: Buffer;
}

function formatPhc({ memory, passes, parallelism, salt, tag }: Phc): string {
  const text = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');
  const parameters = `m=${String(memory)},t=${String(passes)},p=${String(parallelism)}`;
  return `$argon2id$v=19$${parameters}$${text(salt)}$${text(tag)}`;
}

const PHC = /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/;

function parsePhc(hash: string): Phc {
  const [, memory, passes, parallelism, salt = '', tag = ''] = PHC.exec(hash) ?? [];
  if (memory === undefined)
    throw new Failure('history', 'A password is kept in a form that this version does not know', {
      toDo: ['Set it anew: trunkline user password NAME.'],
    });
  return {
    ...{ memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    ...{ salt: Buffer.from(salt, 'base64'), tag: Buffer.from(tag, 'base64') },
  };
}

/** Lets a few in at once; others wait for their turn, and not too many of them. */
function createSlots(): { enter(): Promise<void>; leave(): void } {
  const waiting: (() => void)[] = [];
  let inside = 0;
  return {
    enter() {
      if (inside < AT_ONCE) {
        inside += 1;
        return Promise.resolve();
      }
      if (waiting.length >= WAITING) return Promise.reject(new TooManySignIns());
      return new Promise((resolve) => waiting.push(resolve));
    },
    leave() {
      const next = waiting.shift();
      if (next === undefined) inside -= 1;
      else next();
    },
  };
}
