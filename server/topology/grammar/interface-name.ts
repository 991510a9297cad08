/** Interface names on a host: of bridges that the file makes (`br0`), and of ports that it borrows (`eno1`, `enp3s0f1.10`). */
import { quoted } from '../../core/visible-text.ts';
import { accept, refuse, type Reading } from '../problem.ts';

/** IFNAMSIZ of the kernel is 16 with the closing zero byte. */
const MAX_LENGTH = 15;
/** `lo` is the loopback; `all` and `default` are folders of /proc/sys/net/…/conf beside those of the interfaces. */
const RESERVED = new Set(['lo', 'all', 'default']);

/** A bridge that the file names. */
export function parseBridgeName(text: string): Reading<string> {
  const rule = 'a bridge name begins with a small letter and goes on with small letters, digits and `-`';
  return parse(text, /^[a-z][a-z0-9-]*$/, /[^a-z0-9-]/, rule);
}

/** A port that the host has. */
export function parseBorrowedPort(text: string): Reading<string> {
  const rule = 'the name of a port begins with a letter and goes on with letters, digits and `.@_-`';
  return parse(text, /^[a-zA-Z][a-zA-Z0-9.@_-]*$/, /[^a-zA-Z0-9.@_-]/, rule);
}

function parse(text: string, form: RegExp, wrong: RegExp, rule: string): Reading<string> {
  if (RESERVED.has(text))
    return refuse(
      'invalid-interface',
      `${quoted(text)} can't be used: the kernel gives that name a meaning of its own.`,
    );
  if (text === '') return refuse('invalid-interface', 'The name of an interface has at least one letter.');
  if (text.length > MAX_LENGTH) {
    return refuse(
      'invalid-interface',
      `${quoted(text)} has ${String(text.length)} characters; the kernel takes at most ${String(MAX_LENGTH)}.`,
    );
  }
  if (form.test(text)) return accept(text);
  return refuse(
    'invalid-interface',
    `${quoted(text)} is no interface name: ${rule}.`,
    form.test(text.charAt(0)) ? text.search(wrong) : 0,
  );
}
