import { createInterface } from 'node:readline/promises';
import { Failure } from '../core/failure.ts';
import type { HostAccess } from '../flow/model.ts';
import { trustHost } from '../run/trust.ts';
import type { Trusted, TrustRequest } from '../run/trust.ts';
import { parseAccess } from '../topology/grammar/access.ts';
import type { Answer, CliContext, DeclareVerb } from './context.ts';
import { chosenHosts } from '../operator/hosts.ts';
import { looksLikeFile } from './lab-words.ts';
import { takesTopology, withModel } from './topology-argument.ts';
import type { CommonOptions } from './topology-argument.ts';

interface TrustOptions extends CommonOptions {
  readonly yes?: boolean;
  readonly fingerprint?: string;
  readonly replace?: boolean;
}

export const declareTrust: DeclareVerb = (command, answer) => {
  takesTopology(command, '[HOST|FILE]')
    .description(
      `accept the ssh key of a host, or of all hosts of a topology\n
HOST is written like \`access\` in a topology (ssh://root@gw-x.example.net:2222), or in short (gw-x.example.net).
Compare the fingerprint with the one that the host itself shows: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`,
    )
    .option('--host <host>', 'only this host of FILE')
    .option('--yes', 'do not ask')
    .option('--fingerprint <fingerprint>', 'accept the key with this fingerprint (SHA256:…) and no other; does not ask')
    .option('--replace', 'accept another key than the one that is known')
    .action(
      answer((context: CliContext, word: string | undefined, options: TrustOptions) => trust(context, word, options)),
    );
};

type SshAccess = Extract<HostAccess, { type: 'ssh' }>;
interface Candidate {
  readonly host: string;
  readonly access: SshAccess;
}

function trust(context: CliContext, word: string | undefined, options: TrustOptions): Promise<Answer> {
  checkFingerprint(options);
  if (word !== undefined && (word.startsWith('ssh://') || !looksLikeFile(word)))
    return trustAll(context, options, [candidateOf(word)]);
  return withModel(word, options, (model) => {
    const hosts = chosenHosts(model, options).flatMap(({ name, access }) =>
      access.type === 'ssh' ? [{ host: name, access }] : [],
    );
    return trustAll(context, options, hosts);
  });
}

function checkFingerprint({ fingerprint }: TrustOptions): void {
  if (fingerprint === undefined || /^SHA256:[A-Za-z0-9+/]{43}$/.test(fingerprint)) return;
  throw new Failure('usage', `${JSON.stringify(fingerprint)} is no fingerprint`, {
    detail: 'It is written as ssh-keygen -l shows it: SHA256: and 43 characters.',
  });
}

/** `gw-x`, `admin@gw-x:2222`, `ssh://admin@gw-x:2222`. The user does not matter for the key. */
function candidateOf(word: string): Candidate {
  const rest = word.replace(/^ssh:\/\//, '');
  const read = parseAccess(`ssh://${rest.includes('@') ? rest : `root@${rest}`}`);
  if (!read.ok || read.value.type !== 'ssh')
    throw new Failure('usage', `${JSON.stringify(word)} is no host and no topology file`, {
      detail: 'A host is written ssh://root@gw-x.example.net, or gw-x.example.net; a file has a / or ends in .yaml.',
    });
  return { host: read.value.host, access: read.value };
}

async function trustAll(context: CliContext, options: TrustOptions, hosts: readonly Candidate[]): Promise<Answer> {
  if (options.fingerprint !== undefined && hosts.length > 1)
    throw new Failure('usage', 'One fingerprint, and several hosts', {
      detail: `Say which it belongs to with --host: ${hosts.map(({ host }) => host).join(', ')}.`,
    });
  const results: Trusted[] = [];
  for (const candidate of hosts) results.push(await trustHost(requestFor(context, options, candidate)));
  const lines = results.map(({ host, result, type, fingerprint, knownHosts }) => {
    const done = { known: 'is known already, in', added: 'is accepted, in', replaced: 'replaces the former one, in' };
    return `${host}: ${type} ${fingerprint} ${done[result]} ${knownHosts}`;
  });
  const text = lines.length === 0 ? 'No host here is reached over ssh: there is no key to accept.' : lines.join('\n');
  return { document: { hosts: results }, text, exitCode: 0 };
}

function requestFor(context: CliContext, options: TrustOptions, { host, access }: Candidate): TrustRequest {
  return {
    host,
    access,
    fingerprint: options.fingerprint ?? null,
    replace: options.replace === true,
    async agree(shown) {
      const former = shown.former === null ? '' : `It replaces ${shown.former}.\n`;
      process.stderr.write(`${host}, ${shown.access}:\n  ${shown.key}\n${former}`);
      if (options.yes === true) return;
      if (context.json || !process.stdin.isTTY)
        throw new Failure('usage', 'Nobody to ask', {
          detail: 'Without a terminal, give the fingerprint that the key must have (--fingerprint), or say --yes.',
        });
      const dialogue = createInterface({ input: process.stdin, output: process.stderr });
      const word = await dialogue.question('Is this the key that the host itself shows? [y/N] ');
      dialogue.close();
      if (!/^y(es)?$/i.test(word.trim())) throw new Failure('usage', 'Not agreed to: the key was not accepted');
    },
  };
}
