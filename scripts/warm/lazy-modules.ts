/**
 * For esbuild: modules that are loaded when something of theirs is first used, and not before. Those of Node that cannot be in a
 * picture of a process, and packages that look at the process when they are loaded.
 */
import { createRequire } from 'node:module';
import type { Plugin } from 'esbuild';

export function lazyModules(names: readonly string[]): Plugin {
  return {
    name: 'lazy-modules',
    setup(build) {
      const filter = new RegExp(`^(?:${names.join('|')})$`);
      build.onResolve({ filter }, ({ path, namespace, resolveDir }) =>
        namespace === 'lazy' ? undefined : { path, namespace: 'lazy', pluginData: resolveDir },
      );
      build.onLoad({ filter: /^/, namespace: 'lazy' }, async ({ path, pluginData }) => ({
        contents: await lazily(path),
        resolveDir: String(pluginData),
        loader: 'js',
      }));
    },
  };
}

async function lazily(name: string): Promise<string> {
  const loaded = (name.startsWith('node:') ? createRequire(import.meta.url)(name) : await import(name)) as object;
  const exported = Object.keys(loaded).filter((each) => each !== 'default');
  const getter = (each: string, value: string): string =>
    `Object.defineProperty(exports, ${JSON.stringify(each)}, { enumerable: true, get: () => ${value} });`;
  return [
    'let loaded;',
    `const load = () => (loaded ??= require(${JSON.stringify(name)}));`,
    getter('__esModule', 'true'),
    getter('default', 'load().__esModule ? load().default : load()'),
    ...exported.map((each) => getter(each, `load()[${JSON.stringify(each)}]`)),
  ].join('\n');
}
