/**
 * Process entry: arguments, signals, exit code. Everything heavy is imported when it is needed, so that --version
 * and short replays start fast.
 */
import { fstatSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { createWallClock, steadyMs } from './host/clock.js';
import { hasControllingTerminal } from './host/controlling-terminal.js';
import { closeDebugger } from './host/debugger.js';
import { Failure } from './host/failure.js';
import { withLimitRemedy } from './host/file-limit.js';
import { createLog, type Log } from './host/log.js';
import { print, printError } from './host/print.js';
import { endProcess } from './host/process-end.js';
import { randomWords } from './host/random.js';
import { passwdLine } from './host/rights/privileges.js';
import type { App, Ending } from './run/app.js';
import type { Edges } from './run/edges.js';
import { ledgerLines } from './run/ledger.js';
import type { Config, StdinKind } from './settings/config.js';

const helpColumns = 100;
/** What a terminal is taken for that says 0: a serial console, or one that script(1) made. */
const usualSize = { columns: 80, rows: 24 } as const;

async function main(args: readonly string[]): Promise<number> {
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) return printLine(version());
  leaveDeletedFolder();
  const { parseCommand } = await import('./settings/parse.js');
  const command = await parseCommand(args, {
    environment: process.env,
    stdin: stdinKind(),
    columns: Math.min((stdoutTerminal() ?? usualSize).columns, helpColumns),
  });
  if (command.kind === 'run' || command.kind === 'doctor') await warnOfVariables();
  switch (command.kind) {
    case 'version':
      return printLine(version());
    case 'help':
      return printLine(command.text);
    case 'list-interfaces': {
      const { namedInterfaces } = await import('./source/live/interfaces/listed-interfaces.js');
      const { interfaceLines } = await import('./settings/interface-lines.js');
      return printLine(interfaceLines(await namedInterfaces(command.patterns)).join('\n'));
    }
    case 'doctor': {
      await closeDebugger();
      const { runDoctor } = await import('./run/subcommands.js');
      return runDoctor(command.config, command.input, args.slice(1), stdoutTerminal(), version());
    }
    case 'verify': {
      await closeDebugger();
      const { runVerify } = await import('./run/subcommands.js');
      return runVerify(command.listen);
    }
    case 'run':
      // A replay is over soon, and is to start fast.
      if (command.config.input.kind !== 'files') await closeDebugger();
      return run(command.config);
  }
}

/** A misspelt setting, which would go unnoticed. */
async function warnOfVariables(): Promise<void> {
  const { unknownVariables } = await import('./settings/environment.js');
  for (const line of unknownVariables(process.env)) printError(`pcap-agg: ${line}\n`);
}

async function run(config: Config): Promise<number> {
  const { openApp } = await import('./run/app.js');
  const { agentName } = await import('./run/agent-name.js');
  const log = createLog(printError, steadyMs);
  let app: App | undefined;
  let stopAsked = false;
  const stop = () => {
    stopAsked = true;
    app?.stop();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // Ask now: once the terminal is closed, nobody can tell that there was one.
  process.on('SIGHUP', hasControllingTerminal() ? stop : () => app?.reopen());
  process.on('SIGUSR1', () => {
    // There is none while it starts.
    if (app !== undefined) writeLedger(log, app.ledger());
  });
  app = await openApp(config, {
    log,
    nowUs: createWallClock(Date.now, steadyMs),
    wallMs: Date.now,
    nowMs: steadyMs,
    terminal: stdoutTerminal(),
    self: {
      host: hostname(),
      agent: agentName(),
      get version() {
        return version();
      },
    },
    privileges: { uid: process.getuid?.(), environment: process.env, passwdLine },
    random: randomWords(4),
  });
  const ended = app.run();
  if (stopAsked) app.stop();
  const { exitCode, ledger } = await ended;
  writeLedger(log, ledger);
  return exitCode;
}

function writeLedger(log: Log, ledger: Ending['ledger']): void {
  for (const line of ledgerLines(ledger)) log.line(line);
}

/** yargs and Node's threads ask for the working directory as they load; where it was deleted, they fail. */
function leaveDeletedFolder(): void {
  try {
    process.cwd();
  } catch {
    process.chdir('/');
  }
}

/** Whether stdin holds something to read: a pipe, a file, a socket. A terminal and /dev/null do not. */
function stdinKind(): StdinKind {
  try {
    const stats = fstatSync(0);
    return stats.isFIFO() || stats.isFile() || stats.isSocket() ? 'data' : 'nothing';
  } catch {
    return 'nothing';
  }
}

/** Its size is looked at anew each time. Node's streams take 10 ms to load, and are for terminals only. */
function stdoutTerminal(): Edges['terminal'] {
  if (!fstatSync(1).isCharacterDevice() || !process.stdout.isTTY) return undefined;
  const { stdout } = process;
  return {
    get columns() {
      return stdout.columns || usualSize.columns;
    },
    get rows() {
      return stdout.rows || usualSize.rows;
    },
  };
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function printLine(text: string): number {
  print(`${text}\n`);
  return 0;
}

/** Says what went wrong and returns the exit code. Anything unforeseen is a defect and shows where it happened. */
function reportFailure(error: Error): number {
  const text = withLimitRemedy(error);
  const isForeseen = error instanceof Failure || text !== error.message;
  printError(`pcap-agg: ${isForeseen ? text : (error.stack ?? error)}\n`);
  return error instanceof Failure ? error.exitCode : 1;
}

main(process.argv.slice(2)).then(endProcess, async (error) => {
  const exitCode = reportFailure(error);
  await endProcess(exitCode);
  // What was opened before the failure is not waited for.
  process.exit(exitCode);
});
