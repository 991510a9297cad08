/** The row of requests to the API: whatever is sent, nothing breaks, and nothing is answered that would be a defect of ours. */
import type { Workers } from '../../server/api/work/workers.ts';
import { sharedWorkers } from '../../server/api/work/workers.ts';
import { openSite, SMALL } from '../api/site.ts';
import { seeded } from '../support/seeded.ts';
import type { MadeRequest } from './requests/make.ts';
import { chance, makeRequest } from './requests/make.ts';
import { broken, bytesOf, send } from './requests/wire.ts';
import type { Figures, Rig, TortureRow } from './row.ts';

/** Of ten requests, so many go over a connection that is as broken as they are; the others are handed to the server whole. */
const ON_WIRE = 0.3;

async function openRig(workers: Workers = sharedWorkers()): Promise<Rig> {
  const site = await openSite({ 'small.yaml': SMALL, 'wrong.yaml': SMALL.replace('guests:', 'gusts:') }, { workers });
  const { host } = new URL(site.serving.url);
  const caller = {
    cookie: await site.signIn(),
    origin: site.serving.url,
    host,
    topologies: ['small.yaml', 'wrong.yaml'],
  };
  const inject = async ({ method, target, headers, body }: MadeRequest): Promise<readonly number[]> => {
    const answer = await site.serving.server.inject({
      ...{ method: method as 'GET', url: target, headers: Object.fromEntries(headers) },
      ...(body === null ? {} : { payload: body }),
    });
    return [answer.statusCode];
  };
  return {
    async one(seed) {
      const random = seeded(seed);
      const request = makeRequest(random, caller);
      const bytes = bytesOf(request);
      // A stream of events does not end: on a connection it is left after a while.
      const onWire = chance(random, ON_WIRE) || request.target.split('?')[0] === '/api/events';
      const statuses = onWire
        ? await send(random, site.port, chance(random, 0.6) ? broken(random, bytes) : bytes)
        : await inject(request);
      // An account that was signed out of, or changed, is no reason to try only what is refused from then on.
      if (statuses.includes(401)) caller.cookie = await site.signIn();
      const what = `${request.method} ${request.target.slice(0, 300)}`;
      const [report] = site.reports;
      if (report !== undefined) throw new Error(`seed ${String(seed)}, ${what}: a defect`, { cause: report });
      if (statuses.some((status) => status >= 500))
        throw new Error(`seed ${String(seed)}, ${what}: ${statuses.join(', ')}`);
      return figuresOf(statuses);
    },
    async close() {
      await site[Symbol.asyncDispose]();
    },
  };
}

function figuresOf(statuses: readonly number[]): Figures {
  if (statuses.length === 0) return { 'not answered': 1 };
  const figures: Record<string, number> = {};
  for (const status of statuses) {
    const name = `answered ${String(Math.floor(status / 100))}xx`;
    figures[name] = (figures[name] ?? 0) + 1;
  }
  return figures;
}

export const apiRequests: TortureRow = {
  invariant: 'I13',
  promise: 'no request, however it is made, breaks the server: it is answered or refused',
  unit: 'requests',
  target: 10_000,
  inCi: 200,
  open: () => openRig(),
  mutants: [
    { name: 'a job that breaks at a file that is wrong', within: 300, open: () => openRig(breaking('"wrong.yaml"')) },
    {
      name: 'a job that breaks at any question',
      within: 400,
      open: () => openRig(breaking('"job":"packets"')),
    },
  ],
};

/** Threads that fail, as a defect of ours would, where the task holds a word. */
function breaking(word: string): Workers {
  const sound = sharedWorkers();
  return {
    ...sound,
    run: (task) => (JSON.stringify(task).includes(word) ? Promise.reject(new TypeError('planted')) : sound.run(task)),
  };
}
