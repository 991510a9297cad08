/** Services of several rows as one list. */

/** `['443/tcp', 'tcp', 'icmp', '443/tcp']` → `['tcp', 'icmp']`: what a whole protocol holds is not named beside it. */
export function foldServices(services: readonly string[]): readonly string[] {
  const all = [...new Set(services)];
  if (all.includes('any')) return ['any'];
  const whole = new Set(all.filter((each) => !each.includes('/')));
  const folded = all.filter((each) => whole.has(each) || !whole.has(each.slice(each.indexOf('/') + 1)));
  const others = folded.filter((each) => each.startsWith('protocol '));
  const named = folded.filter((each) => !each.startsWith('protocol ')).sort(compareNames);
  if (isEverything(all)) return ['any'];
  return others.length > 8 ? [...named, 'other protocols'] : [...named, ...others.sort(compareNames)];
}

/** Everything that people send: whatever is not tcp, udp or an echo goes the same way, or is not told apart. */
export function isEverything(services: readonly string[]): boolean {
  return services.includes('any') || ['tcp', 'udp', 'icmp'].every((each) => services.includes(each));
}

const NATURAL = new Intl.Collator('en', { numeric: true });

export function compareNames(a: string, b: string): number {
  return NATURAL.compare(a, b) || (a < b ? -1 : 1);
}
