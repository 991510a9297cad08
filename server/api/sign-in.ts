/** The page that somebody without a session gets: it says nothing of what is behind it, and takes a name and a password. */
import type { FastifyInstance, FastifyReply } from 'fastify';

export function sendSignIn(reply: FastifyReply, hasUsers: boolean): FastifyReply {
  return hasUsers
    ? sendPage(reply, FORM)
    : sendLinkNotice(reply, 'This page is not open to everybody on this machine.');
}

/** For a person who opened the address without a link, where the link is the way in. */
export function sendLinkNotice(reply: FastifyReply, reason: string): FastifyReply {
  return sendPage(
    reply,
    `<main><h1>Trunkline</h1><p>${reason}</p><p>Use the link that was printed when the server was started. ` +
      `It works once; type r and Enter in that terminal for a new one.</p></main>`,
  );
}

function sendPage(reply: FastifyReply, body: string): FastifyReply {
  return reply.code(401).type('text/html; charset=utf-8').send(`<!doctype html>${HEAD}${body}</html>`);
}

/** What the page is made of besides its text: the policy allows nothing inline. */
export function signInRoutes(server: FastifyInstance): void {
  server.get('/sign-in.js', (_request, reply) => reply.type('text/javascript; charset=utf-8').send(SCRIPT));
  server.get('/sign-in.css', (_request, reply) => reply.type('text/css; charset=utf-8').send(STYLE));
}

const HEAD = `<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Trunkline</title><link rel="stylesheet" href="/sign-in.css"></head>`;

const FORM = `<main><h1>Trunkline</h1>
<form id="form"><label>Name<input id="name" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus></label>
<label>Password<input id="password" type="password" autocomplete="current-password" required></label>
<div id="change" hidden><p>Somebody else knows this password. Choose one of your own, with 12 characters or more.</p>
<label>New password<input id="next" type="password" autocomplete="new-password" minlength="12"></label>
<label>The same again<input id="again" type="password" autocomplete="new-password"></label></div>
<p id="said" role="alert"></p><button>Sign in</button></form><noscript><p>This page needs JavaScript.</p></noscript></main>
<script src="/sign-in.js"></script>`;

const SCRIPT = `'use strict';
const field = (id) => document.getElementById(id);
const say = (text) => { field('said').textContent = text; };
const button = document.querySelector('button');
async function signIn() {
  const changing = !field('change').hidden;
  if (changing && field('next').value !== field('again').value) return say('The two new passwords are not the same.');
  const body = { name: field('name').value.trim(), password: field('password').value };
  if (changing) body.newPassword = field('next').value;
  const response = await fetch('/api/session', {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) return say([answer.failure.summary, answer.failure.detail].filter(Boolean).join(' '));
  if (answer.signedIn) return location.reload();
  if (changing) return say('The new password must be another one.');
  field('change').hidden = false;
  for (const id of ['next', 'again']) field(id).required = true;
  field('next').focus();
}
field('form').addEventListener('submit', (event) => {
  event.preventDefault();
  say('');
  button.disabled = true;
  signIn().catch(() => say('The server does not answer.')).finally(() => { button.disabled = false; });
});
`;

const STYLE = `:root { color-scheme: light dark; --ground: #f4f6f9; --surface: #fff; --line: #8593a2; --soft: #dbe2ea; --text: #1c2733;
  --accent: #1463d6; --on-accent: #fff; --error: #b42318; font: 15px/1.45 system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; }
@media (prefers-color-scheme: dark) { :root { --ground: #10161d; --surface: #171e26; --line: #6b7a89; --soft: #2b3641; --text: #e4eaf1;
  --accent: #6aa8ff; --on-accent: #0b1220; --error: #ff8a80; } }
* { box-sizing: border-box; }
body { display: grid; place-items: center; min-height: 100vh; margin: 0; color: var(--text); background: var(--ground); }
main { width: min(360px, calc(100vw - 32px)); padding: 28px 30px; background: var(--surface); border: 1px solid var(--soft); border-radius: 14px; }
h1 { margin: 0 0 16px; font-size: 20px; }
form, #change:not([hidden]) { display: grid; gap: 14px; }
label { display: grid; gap: 4px; }
input { padding: 8px 10px; font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--line); border-radius: 8px; }
button { padding: 9px; font: inherit; font-weight: 600; color: var(--on-accent); background: var(--accent); border: 0; border-radius: 8px; cursor: pointer; }
button:disabled { opacity: .6; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
p { margin: 0; } p + p { margin-top: 10px; } #said { color: var(--error); } #said:empty { display: none; }
`;
