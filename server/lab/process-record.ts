import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the agent wrote about a process into `NAME.node`: `FORMAT PID START BOOT KIND SOCKET`. */
export interface ProcessRecord {
  readonly pid: number;
  readonly start: string;
  readonly boot: string;
  readonly kind: string;
  readonly socket: string;
}

export function parseRecord(text: string): ProcessRecord | null {
  const [format, pid = '', start, boot, kind, socket] = text.trim().split(' ');
  if (start === undefined || boot === undefined || kind === undefined || socket === undefined) return null;
  return format === '1' && /^\d+$/.test(pid) ? { pid: Number(pid), start, boot, kind, socket } : null;
}

/** Whether that very process still lives: `boot` and `stat` are those of now, of /proc/PID/stat. */
export function isLiving(record: ProcessRecord, boot: string, stat: string): boolean {
  return record.boot === boot && record.start === startTime(stat);
}

/** A process that the agent recorded in a folder, and that still lives; `null` where there is none, or it has ended. */
export async function livingProcess(folder: string, name: string): Promise<ProcessRecord | null> {
  const record = parseRecord(await readFile(join(folder, `${name}.node`), 'utf8').catch(() => ''));
  if (record === null) return null;
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const stat = await readFile(`/proc/${String(record.pid)}/stat`, 'latin1').catch(() => '');
  return isLiving(record, boot, stat) ? record : null;
}

/** Field 22 of /proc/PID/stat; the name before it may hold anything, its last `)` ends it. */
function startTime(stat: string): string | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}
