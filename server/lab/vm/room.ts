import { Failure } from '../../core/failure.ts';

/** As the kernel says it (LC_ALL=C), as Node calls it, and as apt puts it. */
const FULL = /No space left on device|ENOSPC|Disk quota exceeded|EDQUOT|enough free space/;

/** What to do where a disk is full, from what was said; nothing where that was not the trouble. */
export function makeRoom(said: string, folders: readonly string[]): readonly string[] {
  return FULL.test(said) ? [`Make room in ${folders.join(', or in ')}`] : [];
}

/** What went wrong while a virtual machine was prepared, as a failure that says what to do where a folder is full. */
export function withRoomToMake(error: unknown, folders: readonly string[]): unknown {
  if (!(error instanceof Error)) return error;
  if (error instanceof Failure) {
    const toDo = makeRoom(error.detail ?? '', folders);
    if (toDo.length === 0 || error.toDo.length > 0) return error;
    return new Failure(error.kind, error.message, { detail: error.detail ?? '', toDo, cause: error });
  }
  if (!('syscall' in error)) return error;
  return new Failure('lab', 'The virtual machine cannot be prepared', {
    detail: error.message,
    toDo: makeRoom(error.message, folders),
    cause: error,
  });
}
