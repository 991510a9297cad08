import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'vitest';
import { openSite } from './site.ts';

test('whoever has connected and said nothing does not keep the server from ending', async () => {
  const site = await openSite();
  const silent = connect(site.port, '127.0.0.1');
  await once(silent, 'connect');
  const closed = once(silent, 'close');
  // The one that asks shows that the other one has been taken in by then.
  await (await fetch(`${site.serving.url}/health`)).text();
  await site[Symbol.asyncDispose]();
  await closed;
});
