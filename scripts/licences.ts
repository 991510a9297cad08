/** The licence texts of the packages whose code is part of what we ship, as their authors ask. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

interface PackageFile {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/** @param modules paths of bundled modules, absolute or relative to the root */
export function licenceNotices(root: string, modules: readonly string[]): string {
  const folders = new Set(modules.flatMap((module) => packageFolder(path.resolve(root, module)) ?? []));
  const notices = [...folders].toSorted().map((folder) => {
    const { name, version, license } = JSON.parse(
      readFileSync(path.join(folder, 'package.json'), 'utf8'),
    ) as PackageFile;
    return `${name} ${version} (${license ?? 'licence in its text'})\n\n${licenceText(folder)}\n`;
  });
  return ['Trunkline contains code of these packages.\n', ...notices].join(`\n${'-'.repeat(80)}\n\n`);
}

/** `/x/node_modules/@scope/name` of `/x/node_modules/@scope/name/lib/index.js`; nothing for our own modules. */
function packageFolder(module: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(module.replaceAll('\0', ''))?.[0];
}

function licenceText(folder: string): string {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name));
  return file === undefined ? 'No text comes with the package.' : readFileSync(path.join(folder, file), 'utf8').trim();
}
