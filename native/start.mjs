/** `npm start`: pcap-agg with the options given, on the default route's interface where they choose no other input. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withInput } from './input.mjs';
import { mayCapture, rootPrefix } from './privilege.mjs';
import { project, run, say } from './run.mjs';
import { setUp } from './set-up.mjs';

const main = join(project, 'dist/bundle/main.cjs');

export async function start(given) {
  setUp();
  const { parseCommand } = await import(pathToFileURL(join(project, 'dist/src/settings/parse.js')).href);
  const { isLive, args } = await withInput(given, parseCommand);
  const prefix = isLive && !mayCapture() ? (rootPrefix() ?? []) : [];
  if (prefix.length > 0) {
    say(`capturing takes root: ${prefix.join(' ')} pcap-agg ${args.join(' ')}`);
    await runAsRoot(prefix, [process.execPath, main, ...args]);
    return;
  }
  // In this very process: nobody stands between the terminal and the program.
  process.argv = [process.execPath, main, ...args];
  await import(pathToFileURL(main).href);
}

/**
 * Ctrl-C reaches pcap-agg through the terminal, and this process waits while the last window is sent. Other signals have
 * to be passed on, by root as well.
 */
async function runAsRoot(prefix, words) {
  const [command, ...args] = [...prefix, ...words];
  const child = spawn(command, args, { stdio: 'inherit' });
  process.on('SIGINT', () => {});
  for (const name of ['SIGTERM', 'SIGHUP', 'SIGUSR1']) {
    process.on(name, () => run([...prefix, 'sh', '-c', `kill -s ${name.slice(3)} ${child.pid}`]));
  }
  const [status] = await once(child, 'exit');
  process.exitCode = status ?? 1;
}
