import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

export const RELEASE = '99.9.9-9-cloud-amd64';

export interface OwnArchive {
  /** For apt, in the environment: this archive, and nothing that this machine knows of others. */
  readonly env: { readonly APT_CONFIG: string };
  /** The kernel's package, which the index has the checksum of. */
  readonly deb: string;
}

async function writeIndex(archive: string, text: string): Promise<void> {
  await writeFile(join(archive, 'Packages'), text);
  const sum = createHash('sha256').update(text).digest('hex');
  await writeFile(
    join(archive, 'Release'),
    `Suite: own\nSHA256:\n ${sum} ${String(Buffer.byteLength(text))} Packages\n`,
  );
}

/**
 * An archive in a folder, as Debian's are made: an index, and a kernel in it that is newer than any. `trusted` stands for the
 * signature, which it has not; `none` has no index at all.
 */
export async function makeArchive(folder: string, sort: 'trusted' | 'unsigned' | 'none'): Promise<OwnArchive> {
  const archive = join(folder, 'archive');
  const tree = join(folder, 'package');
  await mkdir(join(tree, 'DEBIAN'), { recursive: true });
  await mkdir(archive);
  const deb = join(archive, 'kernel.deb');
  const head = `Package: linux-image-${RELEASE}\nVersion: 99.9\nArchitecture: amd64\n`;
  await writeFile(join(tree, 'DEBIAN/control'), `${head}Maintainer: nobody <nobody@example.net>\nDescription: none\n`);
  await execa('dpkg-deb', ['--root-owner-group', '-b', tree, deb]);
  const bytes = await readFile(deb);
  const index = [
    `${head}Filename: ./kernel.deb\nSize: ${String(bytes.length)}\nSHA256: ${createHash('sha256').update(bytes).digest('hex')}\n`,
    `Package: linux-image-cloud-amd64\nVersion: 99.9\nArchitecture: amd64\nDepends: linux-image-${RELEASE}\n`,
  ];
  if (sort === 'none') await rm(archive, { recursive: true });
  else await writeIndex(archive, index.join('\n'));

  const apt = join(folder, 'apt');
  for (const name of ['lists/partial', 'cache/archives/partial']) await mkdir(join(apt, name), { recursive: true });
  await writeFile(join(apt, 'sources'), `deb ${sort === 'trusted' ? '[trusted=yes] ' : ''}file:${archive} ./\n`);
  const config = join(apt, 'apt.conf');
  const settings = {
    'Dir::Etc::SourceList': join(apt, 'sources'),
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State::Lists': join(apt, 'lists'),
    'Dir::State::Status': '/dev/null',
    'Dir::Cache': join(apt, 'cache'),
  };
  await writeFile(
    config,
    Object.entries(settings)
      .map(([name, value]) => `${name} "${value}";\n`)
      .join(''),
  );
  return { env: { APT_CONFIG: config }, deb };
}
