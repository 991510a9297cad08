/** What is wrong with a link: `cut`, `one-way`, `one-way in`, `loss 30%`, `delay 50ms`. */
import { Failure } from '../../core/failure.ts';

export type How =
  /** No carrier, at both ends. */
  | { readonly type: 'cut' }
  /** `out`: nothing that the node sends arrives; `in`: nothing arrives at the node. The carrier stays. */
  | { readonly type: 'one-way'; readonly lost: 'out' | 'in' }
  /** Of ten thousand frames so many are lost at random, in each direction. */
  | { readonly type: 'loss'; readonly perTenThousand: number }
  /** Every frame takes so much longer, in each direction. */
  | { readonly type: 'delay'; readonly delayMs: number };

export const CUT: How = { type: 'cut' };

/** What `--how` is followed by. */
export const HOW_WRITTEN = 'cut, one-way (nothing it sends arrives), one-way in, "loss 30%", "delay 50ms"';
/** Longer than any path on earth or to a satellite, and short enough to be no mistake for seconds. */
const MAX_DELAY_MS = 10_000;

/** Reads what the user wrote, words divided by blanks or `=`. Throws `usage`. */
export function parseHow(text: string): How {
  const [type, amount, ...more] = text
    .trim()
    .split(/[\s=]+/)
    .filter((word) => word !== '');
  if (more.length === 0) {
    if (type === 'cut' && amount === undefined) return CUT;
    if (type === 'one-way' && (amount === undefined || amount === 'out' || amount === 'in'))
      return { type, lost: amount ?? 'out' };
    if (type === 'loss') return { type, perTenThousand: parseLoss(amount) };
    if (type === 'delay') return { type, delayMs: parseDelay(amount) };
  }
  throw new Failure('usage', `No way to break a link: ${JSON.stringify(text)}`, { detail: `There is ${HOW_WRITTEN}.` });
}

function parseLoss(amount: string | undefined): number {
  const [, number] = /^(\d{1,3}(?:\.\d{1,2})?)%$/.exec(amount ?? '') ?? [];
  const perTenThousand = Math.round(Number(number) * 100);
  if (perTenThousand >= 1 && perTenThousand <= 10_000) return perTenThousand;
  throw new Failure('usage', `How much is lost? ${JSON.stringify(amount ?? '')} does not say`, {
    detail: 'Write a share of 0.01% to 100%: loss 30%',
  });
}

function parseDelay(amount: string | undefined): number {
  const [, number, unit] = /^(\d{1,5})(ms|s)$/.exec(amount ?? '') ?? [];
  const delayMs = Number(number) * (unit === 's' ? 1000 : 1);
  if (delayMs >= 1 && delayMs <= MAX_DELAY_MS) return delayMs;
  throw new Failure('usage', `How much later? ${JSON.stringify(amount ?? '')} does not say`, {
    detail: `Write a time of 1ms to ${String(MAX_DELAY_MS / 1000)}s, each way: delay 50ms`,
  });
}

/** As it is written behind `--how`. */
export function howText(how: How): string {
  switch (how.type) {
    case 'cut':
      return 'cut';
    case 'one-way':
      return how.lost === 'out' ? 'one-way' : 'one-way in';
    case 'loss':
      return `loss ${String(how.perTenThousand / 100)}%`;
    case 'delay':
      return `delay ${String(how.delayMs)}ms`;
  }
}
