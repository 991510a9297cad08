/** `scripts/test`: runs the suites one after another (they share two cores and one kernel) and adds up what they counted. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const work = mkdtempSync(path.join(tmpdir(), 'trunkline-test-'));

/** Under software emulation, and with all of the machine's load on top. */
const VM_LIMIT_S = 3600;

interface Suite {
  readonly needsRoot: boolean;
  readonly limitS: number;
  readonly command: readonly string[];
  /** Where vitest leaves its report; a suite without one counts as one test. */
  readonly report?: string;
}

interface Outcome {
  readonly suite: string;
  readonly seconds: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly note: string;
}

const SUITES: Readonly<Record<string, Suite>> = {
  check: { needsRoot: false, limitS: 600, command: ['node', 'scripts/check.ts'] },
  unit: vitest('unit', { needsRoot: false }),
  kernel: vitest('kernel', { needsRoot: true }),
  virtual: { ...vitest('virtual', { needsRoot: true }), limitS: VM_LIMIT_S },
  web: vitest('web', { needsRoot: false }),
  vm: vmSuite(),
  disk: vitest('disk', { needsRoot: true }),
  quickstart: { needsRoot: false, limitS: 300, command: ['scripts/quickstart', '--once'] },
};

const asked = process.argv.slice(2).flatMap((name) => (name === 'all' ? Object.keys(SUITES) : name));
const unknown = asked.filter((name) => !(name in SUITES));
if (unknown.length > 0) {
  console.error(`test: no suite ${unknown.join(', ')}; there are ${Object.keys(SUITES).join(', ')}`);
  process.exit(64);
}

const outcomes: Outcome[] = [];
for (const [name, suite] of Object.entries(SUITES)) {
  if (asked.length === 0 || asked.includes(name)) outcomes.push(await runSuite(name, suite));
}
rmSync(work, { recursive: true, force: true });
summarize();

function vitest(project: string, { needsRoot }: { needsRoot: boolean }): Suite {
  const report = path.join(work, `${project}.json`);
  return { needsRoot, limitS: 3300, report, command: ['node', ...vitestArguments(project, report)] };
}

/** All files in one boot. */
function vmSuite(): Suite {
  const report = path.join(work, 'vm.json');
  const inside = ['node', ...vitestArguments('vm', report)];
  return {
    needsRoot: true,
    limitS: VM_LIMIT_S + 60,
    report,
    command: ['scripts/vm/run', '--timeout', String(VM_LIMIT_S), '--fetch', report, '--', ...inside],
  };
}

function vitestArguments(project: string, report: string): readonly string[] {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  return ['node_modules/vitest/vitest.mjs', 'run', '--project', project, ...reporters];
}

async function runSuite(name: string, suite: Suite): Promise<Outcome> {
  if (suite.needsRoot && process.getuid?.() !== 0) {
    return { suite: name, seconds: 0, passed: 0, failed: 0, skipped: 1, note: 'not run: needs root' };
  }
  console.log(`\n==> ${name}: ${suite.command.join(' ')}`);
  const startedMs = performance.now();
  const end = await runToEnd(suite.command, suite.limitS);
  const seconds = (performance.now() - startedMs) / 1000;
  const counts = suite.report === undefined ? undefined : readReport(suite.report);
  if (counts === undefined) {
    const ok = end === 0 && suite.report === undefined;
    return {
      suite: name,
      seconds,
      passed: ok ? 1 : 0,
      failed: ok ? 0 : 1,
      skipped: 0,
      note: ok ? '' : `ended with ${String(end)}`,
    };
  }
  // A file that cannot be loaded fails the run without a failed test in it.
  const failed = end === 0 ? counts.failed : Math.max(counts.failed, 1);
  return { suite: name, seconds, ...counts, failed, note: end === 0 ? '' : `ended with ${String(end)}` };
}

function runToEnd([program = '', ...args]: readonly string[], limitS: number): Promise<number | string> {
  return new Promise((resolve) => {
    // A group of its own, so that at the limit all that it started ends with it.
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], detached: true });
    const end = (signal: NodeJS.Signals): void => {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    };
    const interrupt = (): void => {
      end('SIGTERM');
    };
    process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
    const soft = setTimeout(end, limitS * 1000, 'SIGTERM');
    const hard = setTimeout(end, (limitS + 20) * 1000, 'SIGKILL');
    child.once('error', (error) => {
      finish(error.message);
    });
    child.once('close', (code, signal) => {
      finish(code ?? String(signal));
    });
    function finish(result: number | string): void {
      clearTimeout(soft);
      clearTimeout(hard);
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
      resolve(result);
    }
  });
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
}

function readReport(file: string): Pick<Outcome, 'passed' | 'failed' | 'skipped'> | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined; // The run broke down before it could write one; it is counted as failed.
  }
  const report = JSON.parse(text) as VitestReport;
  return { passed: report.numPassedTests, failed: report.numFailedTests, skipped: report.numPendingTests };
}

function summarize(): void {
  const sum = (field: 'passed' | 'failed' | 'skipped'): number =>
    outcomes.reduce((total, each) => total + each[field], 0);
  console.log('\n==> summary');
  for (const { suite, seconds, passed, failed, skipped, note } of outcomes) {
    const counts = `${String(passed).padStart(5)} passed ${String(failed).padStart(3)} failed ${String(skipped).padStart(3)} skipped`;
    console.log(`${suite.padEnd(11)}${counts} ${seconds.toFixed(0).padStart(5)} s  ${note}`.trimEnd());
  }
  const notRun = outcomes.filter(({ note }) => note.startsWith('not run')).map(({ suite }) => suite);
  const excused = process.env['TRUNKLINE_ALLOW_SKIP'] === '1';
  if (notRun.length > 0) console.log(`Not run, because they need root: ${notRun.join(', ')}.`);
  console.log(`${String(sum('passed'))} passed, ${String(sum('failed'))} failed, ${String(sum('skipped'))} skipped`);
  process.exitCode = sum('failed') > 0 || (notRun.length > 0 && !excused) ? 1 : 0;
}
