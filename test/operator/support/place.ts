import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import type { Client } from '../../../server/api/client.ts';
import { createClient } from '../../../server/api/client.ts';
import { operateSite } from '../../../server/operator/site.ts';
import type { OperatedSite, SiteOptions } from '../../../server/operator/site.ts';

export const MAIN = join(import.meta.dirname, '../../../server/cli/main.ts');

export interface Place extends AsyncDisposable {
  readonly root: string;
  readonly topologies: string;
  /** The folder of the web process. */
  readonly state: string;
  /** What was told while it ran. */
  readonly reports: string[];
  readonly givenUp: string[];
  readonly restarts: number[];
  serve(options?: Partial<SiteOptions>): Promise<OperatedSite>;
}

/** Folders that a user without rights may pass, one topology, and a page; whatever is served from it ends with it. */
export async function openPlace(files: Readonly<Record<string, string>>): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), 'trunkline-operated-'));
  await chmod(root, 0o711);
  const [topologies, page] = [join(root, 'topologies'), join(root, 'page')];
  await mkdir(topologies, { mode: 0o700 });
  await mkdir(page);
  await writeFile(join(page, 'index.html'), '<!doctype html><title>page</title>');
  for (const [name, text] of Object.entries(files)) await writeFile(join(topologies, name), text);
  vi.stubEnv('XDG_STATE_HOME', root);
  const [reports, givenUp, restarts]: [string[], string[], number[]] = [[], [], []];
  const open: OperatedSite[] = [];
  return {
    ...{ root, topologies, state: join(root, 'trunkline-web'), reports, givenUp, restarts },
    async serve(options) {
      const site = await operateSite(topologies, {
        ...{ page, port: 0, main: MAIN },
        report: (error) => reports.push(error.message),
        onRestarted: () => restarts.push(Date.now()),
        onGivenUp: (failure) => givenUp.push(failure.message),
        ...options,
      });
      open.push(site);
      return site;
    },
    async [Symbol.asyncDispose]() {
      for (const site of open) await site.close();
      vi.unstubAllEnvs();
      await rm(root, { recursive: true, force: true });
    },
  };
}

export interface Visitor {
  readonly cookie: string;
  readonly client: Client;
}

/** A browser that has opened the link. */
export async function visit(site: OperatedSite): Promise<Visitor> {
  const opened = await fetch(await site.newLink(), { redirect: 'manual' });
  const cookie = opened.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const client = createClient(async ({ method, path, headers, body }) => {
    const all = { cookie, origin: site.url, ...headers };
    const response = await fetch(site.url + path, { method, headers: all, ...(body === undefined ? {} : { body }) });
    const contentType = response.headers.get('content-type');
    return { status: response.status, contentType, text: () => response.text() };
  });
  return { cookie, client };
}
