import { addressPart, formatAddress, mustParseAddress, prefixOf } from '../../core/address.ts';
import { judge } from '../../reach/judge/walk.ts';
import { packetOf } from '../../reach/judge/packet.ts';
import { stackOf } from '../../reach/sets/facts.ts';
import { subjectOf } from '../../reach/sets/of-stack.ts';
import type { Span } from '../../reach/rules/ruleset.ts';
import type { NetworkStack } from '../../flow/world.ts';
import type { Exposure } from '../exposure.ts';
import { addressSize } from '../exposure.ts';
import { locusOf } from '../scene.ts';
import type { FindingRule } from './rule.ts';
import { FAMILIES, judged } from './chains.ts';

const STRICT = 1;

/** Who trusts an address must know that it cannot come from out there. */
export const POL_003: FindingRule = {
  id: 'POL-003',
  name: 'No anti-spoofing',
  severity: 'medium',
  definition:
    'A packet that comes in by the way to the world and pretends to come from a network behind another interface is let in or passed on: neither rp_filter (strict, IPv4) nor a rule refuses it.',
  fix: 'Set net.ipv4.conf.*.rp_filter to 1, or drop at prerouting what comes by the wrong interface: `fib saddr . iif oif missing drop`.',
  standards: ['PCI DSS 4.0 1.4.3', 'NIST SP 800-53 SC-7(11)'],
  *find({ scene, exposures }) {
    for (const on of judged({ scene })) {
      for (const family of FAMILIES) {
        const open = exposures.list.filter(
          (each) => each.on === on && each.family === family && each.outside && each.sure,
        );
        // Where somebody is named who may, it is the name that is stolen.
        const narrow = open.toSorted((a, b) => (addressSize(a.box.sources) < addressSize(b.box.sources) ? -1 : 1));
        const found = narrow.map((each) => ({ each, source: stolen(each) })).find(({ source }) => source !== null);
        if (found === undefined || found.source === null) continue;
        const { each, source } = found;
        yield {
          summary: `${on.stack.node} takes packets from outside by ${each.from} that pretend to come from ${source.network}`,
          detail: family === 4 ? `rp_filter is ${String(reverseFilter(on.stack, each.from))} there.` : '',
          at: each.by === null ? [] : [locusOf(scene, on.stack, each.by)],
          witness: { ...each.witness, source: source.address },
          about: `${on.stack.node} ${each.from} IPv${String(family)}`,
        };
      }
    }
  },
};

/** The stricter of the two holds (Documentation/networking/ip-sysctl.rst); strict is 1, and more than 1 is loose. */
function reverseFilter({ settings }: NetworkStack, device: string): number {
  const of = (name: string): number => Number(settings.get(`net/ipv4/conf/${name}/rp_filter`) ?? 0);
  return Math.max(of('all'), of(device));
}

/** An address of a network inside with which the packet passes as well. */
function stolen(each: Exposure): { readonly address: string; readonly network: string } | null {
  const { on, family, from, box } = each;
  const { stack } = on;
  if (family === 4 && reverseFilter(stack, from) === STRICT) return null;
  const subject = subjectOf(stack);
  for (const { name, addresses, form } of stack.interfaces.values()) {
    if (name === from || form.type === 'loopback') continue;
    for (const written of addresses) {
      const own = mustParseAddress(addressPart(written));
      if (own.family !== family || /^fe80:/i.test(written)) continue;
      const prefix = prefixOf(own, Number(written.split('/')[1]));
      const source = within(box.sources, { first: prefix.first + 1n, last: prefix.last - 1n }, own.value);
      if (source === null) continue;
      const tuple = { ...each.tuple, source };
      const { verdict } = judge(subject.ruleset, stackOf(subject.facts), packetOf({ tuple, device: from }), {
        state: 'new',
      });
      if (verdict === 'forwarded' || verdict === 'local')
        return { address: formatAddress(family, source), network: `${prefix.text} behind ${name}` };
    }
  }
  return null;
}

function within(spans: readonly Span[], wanted: Span, but: bigint): bigint | null {
  for (const { first, last } of spans) {
    const [low, high] = [first > wanted.first ? first : wanted.first, last < wanted.last ? last : wanted.last];
    const value = low === but ? low + 1n : low;
    if (value <= high) return value;
  }
  return null;
}
