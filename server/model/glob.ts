/** Whether an endpoint or a bridge's `networks:` entry is a pattern: `app-*`. */
export function isGlob(text: string): boolean {
  return text.includes('*');
}

/**
 * `*` is any run of characters. Greedy with one point to go back to: no pattern makes it slow, where a regular
 * expression made from `*a*a*a*a` would be.
 */
export function matchesGlob(pattern: string, name: string): boolean {
  let p = 0;
  let n = 0;
  let star = -1;
  let resume = 0;
  while (n < name.length) {
    if (pattern[p] === '*') {
      star = p;
      resume = n;
      p += 1;
    } else if (p < pattern.length && pattern[p] === name[n]) {
      p += 1;
      n += 1;
    } else if (star >= 0) {
      p = star + 1;
      resume += 1;
      n = resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}
