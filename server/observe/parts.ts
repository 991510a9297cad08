import { Failure } from '../core/failure.ts';
import { visibleText } from '../core/visible-text.ts';

/** One read of one scope, as the observing script printed it. */
export interface Part {
  /** `''` for the host's own stack. */
  readonly scope: string;
  readonly name: string;
  readonly exitCode: number;
  readonly output: Buffer;
  readonly errors: string;
}

/** Cuts the output of the observing script at its NULs. Throws `observation` where it is not whole. */
export function splitParts(host: string, output: Buffer): readonly Part[] {
  const parts: Part[] = [];
  let begun = 0;
  let open: { readonly scope: string; readonly name: string; readonly output: Buffer } | undefined;
  let offset = output.indexOf(0);
  while (offset >= 0 && offset < output.length) {
    const next = output.indexOf(0, offset + 1);
    const piece = output.subarray(offset + 1, next < 0 ? output.length : next);
    const lineEnd = piece.indexOf(10);
    const [word, first, second] = piece.toString('latin1', 0, lineEnd < 0 ? piece.length : lineEnd).split(' ');
    const rest = lineEnd < 0 ? Buffer.alloc(0) : piece.subarray(lineEnd + 1);
    if (word === 'part' && open === undefined && first !== undefined && second !== undefined) {
      begun = offset;
      open = { scope: first === '.' ? '' : first, name: second, output: rest };
    } else if (word === 'code' && open !== undefined && /^\d+$/.test(first ?? '')) {
      parts.push({ ...open, exitCode: Number(first), errors: rest.toString('utf8').trim() });
      open = undefined;
    } else {
      throw new Failure('observation', `What was read from ${host} is garbled`, {
        detail: `at byte ${String(offset)} of ${String(output.length)}`,
      });
    }
    offset = next;
  }
  // Without it namespaces that were to come would be missing, and be taken for gone.
  const last = parts.pop();
  if (open !== undefined || last?.name !== 'end') {
    throw new Failure('observation', `What was read from ${host} is cut short`, {
      detail: `after ${String(output.length)} bytes`,
    });
  }
  const sent = last.output.toString('latin1').trim();
  const came = `${String(parts.length)} ${String(begun)}`;
  if (sent !== came) {
    throw new Failure('observation', `Some of what was read from ${host} is missing`, {
      detail: `parts and bytes that came: ${came}; that were sent: ${visibleText(sent)}`,
    });
  }
  return parts;
}
