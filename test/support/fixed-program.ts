/** The program with a name of its own in place of the host's, so that its records are the same wherever it runs: for goldens. */
import { createWallClock, steadyMs } from '../../src/host/clock.js';
import { createLog } from '../../src/host/log.js';
import { printError } from '../../src/host/print.js';
import { endProcess } from '../../src/host/process-end.js';
import { openApp } from '../../src/run/app.js';
import { ledgerLines } from '../../src/run/ledger.js';
import { parseCommand } from '../../src/settings/parse.js';

const args = process.argv.slice(2);
const command = await parseCommand(args, { environment: {}, stdin: 'nothing', columns: 80 });
if (command.kind !== 'run') throw new Error(`${args.join(' ')}: not a run`);
const log = createLog(printError, steadyMs);
const app = await openApp(command.config, {
  log,
  nowUs: createWallClock(Date.now, steadyMs),
  wallMs: () => Date.UTC(2016, 8, 8, 23, 28, 40),
  nowMs: steadyMs,
  terminal: undefined,
  self: { host: 'laptop.example', agent: 'laptop.example-1-1', version: '0.0.0' },
  privileges: { uid: 1000, environment: {}, passwdLine: () => undefined },
  random: [1, 2, 3, 4],
});
const { exitCode, ledger } = await app.run();
for (const line of ledgerLines(ledger)) log.line(line);
await endProcess(exitCode);
