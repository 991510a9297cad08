/** JSON documents over a socket, each behind its length in bytes (32 bits, the highest first). */
import type { Duplex } from 'node:stream';

export interface Frames {
  send(message: unknown): void;
  end(): void;
}

export interface FrameOptions {
  /** A longer one ends the connection before it is read. */
  readonly mostBytes: number;
  readonly onMessage: (message: unknown) => void;
  /** Once; with the reason, where the other side does not keep to the rules. */
  readonly onEnd: (reason: string | null) => void;
}

const LENGTH_BYTES = 4;

export function openFrames(socket: Duplex, { mostBytes, onMessage, onEnd }: FrameOptions): Frames {
  let pieces: Buffer[] = [];
  let held = 0;
  /** Of the frame that is being read; `null`: its length is not known yet. */
  let expected: number | null = null;
  let ended = false;

  const finish = (reason: string | null): void => {
    if (ended) return;
    ended = true;
    pieces = [];
    socket.destroy();
    onEnd(reason);
  };

  const take = (bytes: number): Buffer => {
    const all = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
    pieces = [all.subarray(bytes)];
    held -= bytes;
    return all.subarray(0, bytes);
  };

  const readOn = (): void => {
    while (!ended) {
      if (expected === null) {
        if (held < LENGTH_BYTES) return;
        expected = take(LENGTH_BYTES).readUInt32BE(0);
        if (expected > mostBytes) {
          finish(`a message of ${String(expected)} bytes`);
          return;
        }
      }
      if (held < expected) return;
      const text = take(expected).toString('utf8');
      expected = null;
      let message: unknown;
      try {
        message = JSON.parse(text);
      } catch {
        finish('a message that is no JSON');
        return;
      }
      onMessage(message);
    }
  };

  socket.on('data', (bytes: Buffer) => {
    if (ended) return;
    pieces.push(bytes);
    held += bytes.length;
    readOn();
  });
  socket.on('close', () => {
    finish(null);
  });
  // What broke is told by `close`.
  socket.on('error', () => undefined);

  return {
    send(message) {
      if (ended) return;
      const text = Buffer.from(JSON.stringify(message), 'utf8');
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt32BE(text.length, 0);
      socket.write(length);
      socket.write(text);
    },
    end() {
      finish(null);
    },
  };
}
