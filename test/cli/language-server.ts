/** The real yaml-language-server, spoken to over its stdin and stdout as an editor does (LSP 3.17, base protocol). */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const SERVER = join(import.meta.dirname, '../../node_modules/yaml-language-server/bin/yaml-language-server');

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

export interface LanguageServer {
  request(method: string, params: unknown): Promise<unknown>;
  notify(method: string, params: unknown): void;
  /** The next diagnostics that the server sends for a document. */
  diagnosticsOf(
    uri: string,
  ): Promise<readonly { readonly message: string; readonly range: { readonly start: { readonly line: number } } }[]>;
  stop(): Promise<void>;
}

interface Published {
  readonly uri: string;
  readonly diagnostics: Awaited<ReturnType<LanguageServer['diagnosticsOf']>>;
}

export async function startLanguageServer(root: string): Promise<LanguageServer> {
  const child = spawn(process.execPath, [SERVER, '--stdio'], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const waiting = new Map<number, (message: Message) => void>();
  const published = new Map<string, Published['diagnostics']>();
  const listeners = new Map<string, (diagnostics: Published['diagnostics']) => void>();
  let nextId = 1;
  const send = (message: object): void => {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    child.stdin.write(`Content-Length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`);
  };
  const receive = (message: Message): void => {
    const { id, method, params } = message;
    if (method === undefined) {
      if (id !== undefined) waiting.get(id)?.(message);
    } else if (id !== undefined) {
      // It asks for settings, one answer for each section. Without the list of schemas on the web, nothing leaves this machine.
      const items = method === 'workspace/configuration' ? (params as { items: { section?: string }[] }).items : [];
      const result = items.map(({ section }) =>
        section === 'yaml' ? { schemaStore: { enable: false }, validate: true } : null,
      );
      send({ id, result: method === 'workspace/configuration' ? result : null });
    } else if (method === 'textDocument/publishDiagnostics') {
      const { uri, diagnostics } = params as Published;
      const listener = listeners.get(uri);
      listeners.delete(uri);
      if (listener === undefined) published.set(uri, diagnostics);
      else listener(diagnostics);
    }
  };
  let buffer = Buffer.alloc(0);
  child.stdout.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (;;) {
      const end = buffer.indexOf('\r\n\r\n');
      const length = Number(/Content-Length: (\d+)/i.exec(buffer.toString('latin1', 0, Math.max(end, 0)))?.[1]);
      if (end < 0 || buffer.length < end + 4 + length) return;
      receive(JSON.parse(buffer.toString('utf8', end + 4, end + 4 + length)) as Message);
      buffer = buffer.subarray(end + 4 + length);
    }
  });
  const server: LanguageServer = {
    async request(method, params) {
      const id = nextId++;
      const answered = new Promise<Message>((resolve) => waiting.set(id, resolve));
      send({ id, method, params });
      const { result, error } = await answered;
      if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
      return result;
    },
    notify(method, params) {
      send({ method, params });
    },
    diagnosticsOf(uri) {
      const known = published.get(uri);
      published.delete(uri);
      return known === undefined ? new Promise((resolve) => listeners.set(uri, resolve)) : Promise.resolve(known);
    },
    async stop() {
      await server.request('shutdown', null);
      server.notify('exit', null);
      await exited;
    },
  };
  const textDocument = {
    synchronization: { dynamicRegistration: false },
    completion: { completionItem: { documentationFormat: ['markdown'] } },
    hover: { contentFormat: ['markdown'] },
    publishDiagnostics: {},
  };
  await server.request('initialize', {
    processId: process.pid,
    rootUri: `file://${root}`,
    capabilities: { textDocument },
  });
  server.notify('initialized', {});
  return server;
}
