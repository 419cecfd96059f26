/** The sub-commands, from a command line to an exit code. Imported only where one is called. */

import { doctor } from '../doctor/doctor.js';
import { print, printError } from '../host/print.js';
import { PrivilegeError, type PrivilegeFacts, passwdLine } from '../host/rights/privileges.js';
import { prepareRights } from '../host/rights/rights.js';
import type { Config, LiveInputConfig } from '../settings/config.js';
import { assignments } from '../settings/environment.js';
import { isPattern } from '../settings/interface-words.js';
import { parseTarget } from '../sink/target.js';
import { verify } from '../verify/verify.js';
import { allowsColour } from '../view/terminal/table.js';
import { openNetworks } from './enrichers.js';
import { tableKnowledge } from './outputs.js';
import { shownNames } from './shown-names.js';
import { outputSubject } from './sinks/doctor-outputs.js';
import { formatOf } from './sinks/formats.js';

/** `args` are those of the run that is to be made possible; `terminal` is undefined where stdout is none. Rejects with a UsageError. */
export async function runDoctor(
  config: Config,
  input: LiveInputConfig,
  args: readonly string[],
  terminal: { readonly columns: number } | undefined,
  version: string,
): Promise<number> {
  const edges = { environment: process.env, version };
  const { outputs, tunnels, names, ranges, user } = config;
  // A file that a run could not use is refused here, too.
  const formats = await Promise.all(outputs.map((output) => formatOf(output, config)));
  await openNetworks(config);
  const hasTable = config.tableOnTerminal && terminal !== undefined;
  const shown = hasTable ? tableKnowledge : formats.flatMap(({ needs }) => [...needs.knowledge]);
  const from = shownNames(config, new Set(shown));
  const showsOwners =
    shown.includes('owners') || outputs.some(({ records }) => records.groups.includes('owner'));
  const { interfaces, engine, ...live } = input;
  const script = process.argv[1] ?? 'pcap-agg';
  const program = /\.c?js$/.test(script) ? [process.execPath, script] : [script];
  const privileges = ownPrivileges();
  // sudo passes no variables on.
  const variables = assignments(process.env);
  const command = [...(variables.length > 0 ? ['env', ...variables] : []), ...program, ...args];
  return doctor(
    {
      interfaces,
      byPattern: interfaces.some(isPattern),
      engine,
      live: { ...live, tunnels, namesToo: from.some((origin) => origin !== 'ptr'), healthToo: false },
      outputs: await Promise.all(outputs.map((output) => outputSubject(output, edges))),
      names: { ...names, from },
      owners: { mode: config.owners, shown: showsOwners },
      ranges,
      user,
      privileges,
      command,
    },
    {
      columns: terminal?.columns ?? Number.POSITIVE_INFINITY,
      colour: terminal !== undefined && allowsColour(process.env),
    },
    print,
  );
}

/** Until SIGINT or SIGTERM, or the end of stdin. */
export async function runVerify(listen: string | undefined): Promise<number> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
  const { giveUp } = await prepareRights(undefined, ownPrivileges(), true).catch(refuse);
  return verify({
    listen: listen === undefined ? undefined : parseTarget(listen, 'verify'),
    stdin: process.stdin,
    print: (line) => print(`${line}\n`),
    stop: stop.signal,
    opened() {
      const kept = giveUp();
      if (kept !== undefined) printError(`pcap-agg: ${kept}\n`);
    },
  }).catch(refuse);
}

/** Without -Z, which verify does not take, the remedy of errors about rights is another. */
function refuse(error: Error): never {
  if (!(error instanceof PrivilegeError)) throw error;
  throw new PrivilegeError(`verify: ${error.problem}`, 'run verify as an ordinary user', { cause: error });
}

function ownPrivileges(): PrivilegeFacts {
  return { uid: process.getuid?.(), environment: process.env, passwdLine };
}
