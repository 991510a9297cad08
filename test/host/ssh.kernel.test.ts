/** Sessions over real ssh with a real sshd. */
import { access, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Failure } from '../../server/core/failure.ts';
import type { SessionLimits } from '../../server/host/session.ts';
import { connectSsh } from '../../server/host/ssh.ts';
import type { SshTarget } from '../../server/host/ssh-target.ts';
import { makeKey, startServer, startTestSshd } from '../support/sshd.ts';
import type { TestSshd } from '../support/sshd.ts';

const NOISE = 'printf "Welcome!\\nready\\n0 3 0\\nsync\\n"; ';
/** Prints the mark and readiness as the script does, then what is given. */
const liar = (then: string): string => `#!/bin/bash\nIFS= read -r mark; printf '\\n%s\\nready\\n' "$mark"; ${then}\n`;

const USERS = [
  { name: 'admin', sudo: 'ALL=(root) NOPASSWD: ALL' },
  { name: 'asked', sudo: 'ALL=(root) ALL' },
  { name: 'nobody-much' },
  { name: 'noisy', sudo: 'ALL=(root) NOPASSWD: ALL', shell: `#!/bin/bash\n${NOISE}exec /bin/bash "$@"\n` },
  { name: 'closed', shell: '#!/bin/sh\necho This account is currently not available.\nexit 1\n' },
  { name: 'forever', shell: '#!/bin/sh\nexec yes welcome\n' },
  { name: 'errors', shell: '#!/bin/sh\nexec yes welcome >&2\n' },
  { name: 'one-line', shell: liar('read -r x; exec tr "\\0" a </dev/zero') },
  { name: 'huge', shell: liar('read -r x; echo 0 999999999999 0; exec cat /dev/zero') },
  { name: 'unasked', shell: liar('while :; do echo 0 0 0; done') },
  {
    name: 'too-many',
    shell: liar('while read -r word x; do [ "$word" = sync ] && printf "0 0 0\\n0 0 0\\nsync\\n"; done'),
  },
  { name: 'slow', shell: liar('echo 0 1000 0; while :; do printf x; sleep 0.1; done') },
  { name: 'silent', shell: '#!/bin/sh\nexec sleep 1000\n' },
  { name: 'stays', sudo: 'ALL=(root) NOPASSWD: ALL', shell: '#!/bin/sh\nsh "$@"\nexec sleep 1000\n' },
];

/** However busy the machine is; only where waiting is what is tested, it is cut short. */
const PATIENT: SessionLimits = { readyMs: 40_000, exchangeMs: 40_000, closeMs: 1000 };
const HASTY: Readonly<Record<string, SessionLimits>> = {
  silent: { ...PATIENT, readyMs: 3000 },
  slow: { ...PATIENT, exchangeMs: 3000 },
};

let sshd: TestSshd;
beforeAll(async () => {
  sshd = await startTestSshd(USERS);
});
afterAll(async () => {
  await sshd.stop();
});

async function refusalOf(target: SshTarget, limits?: SessionLimits): Promise<Failure> {
  const failure: unknown = await connectSsh(target, limits)
    .open({ lock: false })
    .then(async (session) => {
      await session.run([{ argv: ['true'] }]);
      await session.close();
      return 'it let us in';
    })
    .catch((error: unknown) => error);
  if (failure instanceof Failure) return failure;
  throw new Error(`no failure: ${String(failure)}`);
}

/** What the sshd logs while `work` is under way. */
async function loggedDuring(work: () => Promise<unknown>): Promise<string> {
  const before = (await sshd.log()).length;
  await work();
  return (await sshd.log()).slice(before);
}

describe('a session', () => {
  test('takes programs and answers byte for byte; the login shell sees none of their words', async () => {
    const session = await connectSsh(sshd.target()).open({ lock: false });
    const words = ['a  b', '$(id)', '`id`', ';', '"', "'", '\\', '*', '-x', '', '\u001b[0m', 'ü', '~', '!x'];
    const results = await session.run([
      { argv: ['printf', '<%s>', ...words] },
      { argv: ['cat'], stdin: Buffer.from([0, 1, 10, 255, 13, 0, 126, 46]) },
      { argv: ['sh', '-c', 'echo no >&2; exit 3'] },
    ]);
    expect(results[0]?.stdout.toString()).toBe(words.map((word) => `<${word}>`).join(''));
    expect([...(results[1]?.stdout ?? [])]).toEqual([0, 1, 10, 255, 13, 0, 126, 46]);
    expect(results[2]).toMatchObject({ exitCode: 3 });
    const [large] = await session.run([{ argv: ['head', '-c', '20000000', '/dev/zero'] }]);
    expect(large?.stdout.length).toBe(20_000_000);
    await session.close();
  });

  test('is one of many over one connection, and the process that it is runs a constant command', async () => {
    const connection = connectSsh(sshd.target());
    const log = await loggedDuring(async () => {
      for (let round = 0; round < 4; round += 1) {
        const sessions = [await connection.open({ lock: false }), await connection.open({ lock: false })];
        for (const session of sessions)
          await session.run(Array.from({ length: 50 }, () => ({ argv: ['true', 'secret-word'] })));
        const [seen] = (await sessions[0]?.run([{ argv: ['sh', '-c', 'ps -eo args | grep -v grep'] }])) ?? [];
        expect(seen?.stdout.toString()).not.toContain('secret-word');
        for (const session of sessions) await session.close();
      }
    });
    expect(log.match(/^Connection from /gm)).toHaveLength(1);
    expect(log.match(/^Starting session/gm)).toHaveLength(8);
  });

  test('as a user with sudo is root’s; one without says which right is missing', async () => {
    const session = await connectSsh(sshd.target('admin')).open({ lock: true });
    expect((await session.run([{ argv: ['id', '-u'] }]))[0]?.stdout.toString()).toBe('0\n');
    // By which connection it was come is known to what runs, though sudo takes that away.
    const [way] = await session.run([{ argv: ['printenv', 'SSH_CONNECTION'] }]);
    expect(way?.stdout.toString()).toMatch(new RegExp(`^127\\.0\\.0\\.1 \\d+ 127\\.0\\.0\\.1 ${String(sshd.port)}\n$`));
    await session.close();
    expect(await refusalOf(sshd.target('asked'))).toMatchObject({
      kind: 'no-rights',
      message: 'sudo on here asks for a password',
      toDo: [expect.stringContaining('asked ALL=(root) NOPASSWD: ALL')],
    });
    expect(await refusalOf(sshd.target('nobody-much'))).toMatchObject({ kind: 'no-rights' });
  });

  test('comes to stand although the login prints something first, even what looks like answers', async () => {
    const session = await connectSsh(sshd.target('noisy')).open({ lock: false });
    expect((await session.run([{ argv: ['echo', 'mine'] }]))[0]?.stdout.toString()).toBe('mine\n');
    await session.close();
  });

  test('that the host does not end is cut off when it is closed', async () => {
    const session = await connectSsh(sshd.target('stays'), PATIENT).open({ lock: false });
    await session.run([{ argv: ['true'] }]);
    await session.close();
    await expect(session.run([{ argv: ['true'] }])).rejects.toThrow('does not end');
  });

  test('holds the lock of the host, and says by whom it is held', async () => {
    const holder = await connectSsh(sshd.target()).open({ lock: true });
    const failure = await connectSsh(sshd.target())
      .open({ lock: true })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      kind: 'locked',
      detail: expect.stringContaining(`pid ${String(process.pid)}`) as string,
    });
    await holder.close();
  });
});

describe('no session, and not a byte of one', () => {
  test('where the key of the host is not known', async () => {
    const target = { ...sshd.target(), knownHosts: join(sshd.folder, 'none') };
    const log = await loggedDuring(async () => {
      expect(await refusalOf(target)).toMatchObject({
        kind: 'host-identity',
        toDo: [expect.stringContaining(`trunkline trust ssh://root@127.0.0.1:${String(sshd.port)}`)],
      });
    });
    expect(log).not.toMatch(/Accepted|Failed|Postponed|Starting session/);
  });

  test('where a name’s key is that of another host', async () => {
    const other = join(sshd.folder, 'other');
    makeKey(other);
    const { keyAlias } = sshd.target();
    await writeFile(`${other}.known`, `${keyAlias} ${await readFile(`${other}.pub`, 'utf8')}`);
    const sent: Buffer[] = [];
    const { port, server } = await startServer((socket) => {
      const there = connect(sshd.port, '127.0.0.1');
      socket.on('data', (chunk: Buffer) => sent.push(chunk));
      socket.pipe(there).pipe(socket);
      socket.on('error', () => there.destroy());
      there.on('error', () => socket.destroy());
    });
    const log = await loggedDuring(async () => {
      expect(await refusalOf({ ...sshd.target(), port, knownHosts: `${other}.known` })).toMatchObject({
        kind: 'host-identity',
        message: expect.stringContaining('key has changed') as string,
        toDo: [expect.stringContaining('--replace')],
      });
    });
    server.close();
    expect(log).not.toMatch(/Accepted|Failed|Postponed|Starting session/);
    // Versions and the exchange of keys in the clear, and nothing encrypted after it.
    const bytes = Buffer.concat(sent);
    expect(bytes.toString('latin1')).toMatch(/^SSH-2\.0-/);
    expect(messagesOf(bytes)).toEqual(['KEXINIT', 'KEX_INIT']);
  });

  test('whatever the user’s own ssh_config says about keys, commands and forwarding', async () => {
    const trap = join(sshd.folder, 'trapped');
    const config = join(sshd.folder, 'bad_config');
    await writeFile(
      config,
      [
        'Host *',
        `  IdentityFile ${sshd.clientKey}`,
        '  StrictHostKeyChecking no',
        `  UserKnownHostsFile ${sshd.target().knownHosts}`,
        `  GlobalKnownHostsFile ${sshd.target().knownHosts}`,
        `  KnownHostsCommand /bin/cat ${sshd.target().knownHosts}`,
        '  HostKeyAlias elsewhere',
        '  NoHostAuthenticationForLocalhost yes',
        '  VerifyHostKeyDNS yes',
        '  PermitLocalCommand yes',
        `  LocalCommand touch ${trap}`,
        `  RemoteCommand touch ${trap}`,
        '  RequestTTY force',
        '  LocalForward 127.0.0.1:1 127.0.0.1:1',
        '  User somebody',
        '  Port 1',
        '',
      ].join('\n'),
    );
    const unknown = { ...sshd.target(), config, knownHosts: join(sshd.folder, 'none') };
    expect(await refusalOf(unknown)).toMatchObject({ kind: 'host-identity' });
    const session = await connectSsh({ ...sshd.target(), config }).open({ lock: false });
    const [who] = await session.run([{ argv: ['sh', '-c', '[ -t 0 ] || id -un'] }]);
    expect(who?.stdout.toString()).toBe('root\n');
    await session.close();
    await expect(access(trap)).rejects.toThrow('ENOENT');
  });

  test('where our key is not accepted', async () => {
    const wrong = join(sshd.folder, 'wrong');
    makeKey(wrong);
    await writeFile(`${wrong}.config`, `IdentityFile ${wrong}\nIdentitiesOnly yes\nIdentityAgent none\n`);
    expect(await refusalOf({ ...sshd.target(), config: `${wrong}.config` })).toMatchObject({
      kind: 'no-rights',
      message: 'here refuses to let us in',
    });
  });

  test.each([
    ['nobody listens', { port: 1 }, 'No ssh server answers on here'],
    ['the name leads nowhere', { address: 'nowhere.invalid' }, 'The name of here leads to no address'],
  ])('where %s', async (_name, change, message) => {
    expect(await refusalOf({ ...sshd.target(), ...change })).toMatchObject({ kind: 'host-unreachable', message });
  });

  test.each([
    [
      'hangs up at once',
      (end: () => void) => {
        end();
      },
      'here does not speak ssh as it should',
    ],
    [
      'prints garbage without end',
      (_end: () => void, write: () => void) => {
        write();
      },
      'here does not speak ssh as it should',
    ],
    ['says nothing', () => undefined, 'The session on here does not come to stand'],
  ])('where a server %s', async (_name, behave, message) => {
    const { port, server } = await startServer((socket) => {
      socket.on('error', () => undefined);
      const write = (): void => {
        while (!socket.destroyed && socket.write(Buffer.alloc(4096, 'garbage\n')));
        socket.once('drain', write);
      };
      behave(() => socket.destroy(), write);
    });
    expect(await refusalOf({ ...sshd.target(), port }, HASTY['silent'])).toMatchObject({
      kind: 'host-unreachable',
      message,
    });
    server.close();
  });
});

describe('a host that was let in and', () => {
  const something = 'The session on here answered with something else';
  test.each([
    ['has no shell for us', 'closed', 'No session comes to stand on here', 'currently not available'],
    ['prints without end', 'forever', something, 'welcome'],
    ['complains without end', 'errors', 'No session comes to stand on here', 'welcome'],
    ['says nothing', 'silent', 'The session on here does not come to stand', ''],
    ['never ends its line', 'one-line', something, 'aaaa'],
    ['announces more than there is room for', 'huge', something, '999999999999'],
    ['answers what was not asked', 'unasked', something, 'no question'],
    ['answers more than was asked', 'too-many', something, 'no question'],
    ['answers a byte at a time', 'slow', 'The session on here does not answer', ''],
  ])('%s is cut off', async (_name, user, message, detail) => {
    const before = process.memoryUsage().rss;
    const failure = await refusalOf(sshd.target(user), HASTY[user] ?? PATIENT);
    expect(failure).toMatchObject({ kind: 'host-unreachable', message });
    expect(failure.detail).toContain(detail);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
  });
});

/** The messages of ssh's transport that are in the clear, by the client (RFC 4253, section 6; RFC 5656). */
function messagesOf(bytes: Buffer): readonly string[] {
  const names: Readonly<Record<number, string>> = { 20: 'KEXINIT', 21: 'NEWKEYS', 30: 'KEX_INIT' };
  const messages: string[] = [];
  let at = bytes.indexOf('\r\n') + 2;
  while (at + 6 <= bytes.length) {
    messages.push(names[bytes[at + 5] ?? 0] ?? `message ${String(bytes[at + 5])}`);
    at += 4 + bytes.readUInt32BE(at);
  }
  return messages;
}
