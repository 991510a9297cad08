/** What a file promises, each as an expectation that can be asked: its own, what its policy allows, and what it publishes. */
import type { Place } from '../core/place.ts';
import type { Endpoint, Expectation, Model, Zone } from '../flow/model.ts';

export interface Promised {
  readonly kind: 'expectation' | 'policy' | 'publish';
  readonly text: string;
  readonly place: Place;
  /** Hosts that it holds without. */
  readonly evenWithout: readonly string[];
  /** What shows whether it holds while all of the hosts that are up are up. */
  readonly asked: Expectation;
}

export function promisesOf(model: Model): readonly Promised[] {
  const own = model.expectations.map((each): Promised => ({
    ...{ kind: 'expectation', text: each.text, place: each.place, evenWithout: each.evenWithout },
    asked: { ...each, evenWithout: [] },
  }));
  const allowed = model.policy
    .filter(({ verdict }) => verdict === 'allow')
    .map(({ id, text, place, services, from, to }): Promised => ({
      ...{ kind: 'policy', text, place, evenWithout: [] },
      asked: {
        ...{ id, text, place, verdict: 'allow', services, reaches: null, evenWithout: [] },
        ...{
          from: from.flatMap((zone) => endpointsOf(model, zone)),
          to: to.flatMap((zone) => endpointsOf(model, zone)),
        },
      },
    }));
  const published = [...model.gateways.values()].flatMap(({ publishes }) =>
    publishes.map(({ id, text, place, listen, protocol, ports, target, from }): Promised => ({
      ...{ kind: 'publish', text, place, evenWithout: [] },
      asked: {
        ...{ id, text, place, verdict: 'allow', evenWithout: [] },
        services: [{ protocol, ports: [{ first: ports.first, last: ports.first }] }],
        from: from === null ? [{ type: 'internet' }] : from.map((prefix) => ({ type: 'prefix', realm: null, prefix })),
        to: [{ type: 'prefix', realm: null, prefix: `${listen}/${listen.includes(':') ? '128' : '32'}` }],
        reaches: target.guest === null ? null : { guest: target.guest, port: target.port },
      },
    })),
  );
  return [...own, ...allowed, ...published];
}

function endpointsOf({ networks }: Model, { network, internet, prefixes }: Zone): readonly Endpoint[] {
  if (internet && prefixes === null) return [{ type: 'internet' }];
  const subnets = new Set<string>(networks.get(network)?.subnets.map(({ prefix }) => prefix));
  const whole = (prefixes ?? []).every((each) => subnets.has(each));
  if (whole && !internet) return [{ type: 'network', name: network }];
  const realm = internet ? null : (networks.get(network)?.realm ?? null);
  return (prefixes ?? []).map((prefix) => ({ type: 'prefix', realm, prefix }));
}
