/**
 * `scripts/vm/disk-image`: makes the image of a Debian with systemd on a disk, where there is none of this recipe and these
 * versions yet, and prints its path. A virtual machine starts from it with `test/support/disk-machine`; by hand, look into it with
 * `mount -o ro,loop,noload IMAGE FOLDER`. Needs root, and some 1,200 MiB of memory for a minute or two.
 */
import { Failure } from '../../../server/core/failure.ts';
import { diskImage, imageCache } from './image.ts';

const say = (line: string): void => {
  console.error(`disk-image: ${line}`);
};

if (process.argv.length > 2) {
  say('usage: scripts/vm/disk-image');
  process.exitCode = 64;
} else {
  try {
    console.log(await diskImage(imageCache(), say));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    say([error.message, error.detail, ...error.toDo].filter((each) => each !== undefined).join('\n'));
    process.exitCode = 1;
  }
}
