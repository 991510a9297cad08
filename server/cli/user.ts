import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { Accounts } from '../accounts/accounts.ts';
import { openAccounts } from '../accounts/accounts.ts';
import { newId } from '../accounts/secrets.ts';
import { Failure } from '../core/failure.ts';
import type { Role } from '../core/role.ts';
import { ROLES } from '../core/role.ts';
import { visibleText } from '../core/visible-text.ts';
import { whoRuns } from '../run/plans.ts';
import type { Answer, AnswerWith, CliContext, DeclareVerb } from './context.ts';
import { readHiddenLine } from './hidden-line.ts';
import { enterWebFolder } from './web-folder.ts';

/**
 * `user add|list|remove|password|role|token|unlock`: who may sign in at the server of this machine. Passwords are typed, or come by
 * stdin; they are never arguments, which other processes see.
 */
export const declareUser: DeclareVerb = (command, answer) => {
  command.addHelpText(
    'after',
    '\nRoles, each with all before it: view, plan, apply (changes hosts), admin (says who may).',
  );
  declareAdd(command, answer);
  declareList(command, answer);
  declareRemove(command, answer);
  declarePassword(command, answer);
  declareRole(command, answer);
  declareToken(command, answer);
  declareUnlock(command, answer);
};

interface UserOptions {
  readonly role: Role;
}

function declareAdd(command: Command, answer: AnswerWith): void {
  sub(command, 'add', 'add a user; the password is asked for, or read from stdin')
    .argument('<name>')
    .addOption(roleOption('what this one may'))
    .action(
      answer((_context: CliContext, name: string, { role }: UserOptions) =>
        withAccounts('user add', { user: name, role }, async ({ users }) => {
          await users.add(name, role, await newPassword(name), false);
          return told(`${name} may sign in, with the role ${role}.`, { user: { name, role } });
        }),
      ),
    );
}

function declareList(command: Command, answer: AnswerWith): void {
  sub(command, 'list', 'list who may sign in').action(
    answer(() =>
      withAccounts(null, {}, async ({ users }) => {
        const found = await users.list();
        const width = Math.max(0, ...found.map(({ name }) => name.length));
        const lines = found.map(({ name, role, temporary, changed }) => {
          const password = temporary ? 'has to choose a password' : `password of ${iso(changed).slice(0, 10)}`;
          return visibleText(`${name.padEnd(width)}  ${role.padEnd(5)}  ${password}`);
        });
        const shown = found.map((user) => ({ ...user, created: iso(user.created), changed: iso(user.changed) }));
        return told(lines.length === 0 ? 'There are no users: a link opens the page.' : lines.join('\n'), {
          users: shown,
        });
      }),
    ),
  );
}

function declareRemove(command: Command, answer: AnswerWith): void {
  sub(command, 'remove', 'remove a user with all sessions and tokens')
    .argument('<name>')
    .action(
      answer((_context: CliContext, name: string) =>
        withAccounts('user remove', { user: name }, async ({ users }) => {
          await users.remove(name);
          return told(`${name} is removed.`, { user: { name } });
        }),
      ),
    );
}

function declarePassword(command: Command, answer: AnswerWith): void {
  sub(command, 'password', 'set a password: asked for, or read from stdin; ends the sessions')
    .argument('<name>')
    .option('--temporary', 'it has to be changed with the first sign-in; revokes the tokens, too')
    .action(
      answer((_context: CliContext, name: string, { temporary = false }: { readonly temporary?: boolean }) =>
        withAccounts('user password', { user: name }, async ({ users }) => {
          await users.setPassword(name, await newPassword(name), { temporary, keepTokens: !temporary });
          return told(`${name} has a new password.`, { user: { name } });
        }),
      ),
    );
}

function declareRole(command: Command, answer: AnswerWith): void {
  sub(command, 'role', 'change what a user may')
    .argument('<name>')
    .argument('<role>', ROLES.join(', '), readRole)
    .action(
      answer((_context: CliContext, name: string, role: Role) =>
        withAccounts('user role', { user: name, role }, async ({ users }) => {
          await users.setRole(name, role);
          return told(`${name} has the role ${role}.`, { user: { name, role } });
        }),
      ),
    );
}

interface TokenOptions extends UserOptions {
  readonly days: number;
  readonly topology?: readonly string[];
  readonly label: string;
}

const DAY_MS = 86_400_000;

function declareToken(command: Command, answer: AnswerWith): void {
  sub(command, 'token', 'make a token for a program; it is shown once')
    .argument('<name>', 'the user that it acts for')
    .addOption(roleOption('what it may, and never more than its user'))
    .option('--days <days>', 'how long it is good for', readDays, 30)
    .option('--topology <name...>', 'only for these, as the server calls them (default: all)')
    .option('--label <text>', 'what it is for', 'made on the command line')
    .action(
      answer((_context: CliContext, name: string, { role, days, topology, label }: TokenOptions) =>
        withAccounts('user token', { user: name, role }, async ({ users, tokens }) => {
          if ((await users.find(name)) === undefined) throw new Failure('usage', `There is no user ${name}`);
          const expires = Date.now() + days * DAY_MS;
          const { secret, token } = await tokens.create({
            user: name,
            label,
            role,
            topologies: topology ?? null,
            expires,
          });
          const document = { secret, token: { ...token, created: iso(token.created), expires: iso(expires) } };
          return told(secret, document);
        }),
      ),
    );
}

function declareUnlock(command: Command, answer: AnswerWith): void {
  sub(command, 'unlock', 'let everybody sign in at once again who has to wait after failed sign-ins').action(
    answer(() =>
      withAccounts('user unlock', {}, async ({ lockout }) => {
        await lockout.unlockAll();
        return told('Nobody has to wait any more.', {});
      }),
    ),
  );
}

function sub(command: Command, name: string, summary: string): Command {
  return command.command(name).summary(summary).description(summary).option('--json', 'print one JSON document');
}

function roleOption(text: string): Option {
  return new Option('--role <role>', text).choices([...ROLES]).makeOptionMandatory();
}

function readRole(text: string): Role {
  const role = ROLES.find((each) => each === text);
  if (role === undefined) throw new InvalidArgumentError(`It is one of ${ROLES.join(', ')}.`);
  return role;
}

function readDays(text: string): number {
  const days = Number(text);
  if (!/^\d{1,3}$/.test(text) || days < 1 || days > 365)
    throw new InvalidArgumentError('It is a number from 1 to 365.');
  return days;
}

/** Typed twice on a terminal, so that a slip does not lock somebody out. */
async function newPassword(name: string): Promise<string> {
  const first = await readHiddenLine(`New password for ${name}: `);
  if (process.stdin.isTTY && (await readHiddenLine('The same again: ')) !== first)
    throw new Failure('usage', 'The two are not the same: nothing is changed');
  return first;
}

/** What changes anything is in the log of attempts before it is done, as with the server. */
async function withAccounts(
  what: string | null,
  which: Readonly<Record<string, string>>,
  work: (accounts: Accounts) => Promise<Answer>,
): Promise<Answer> {
  // Who it is, is asked while it still is.
  const who = whoRuns();
  const accounts = await openAccounts(enterWebFolder());
  try {
    if (what !== null) await accounts.attempts.add({ id: newId(), who, event: 'commanded', tells: { what, which } });
    return await work(accounts);
  } finally {
    await accounts.close();
  }
}

function told(text: string, document: Readonly<Record<string, unknown>>): Answer {
  return { document, text, exitCode: 0 };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
