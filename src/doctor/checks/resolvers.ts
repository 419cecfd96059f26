/** The DNS servers that names are asked of: whether each answers a PTR question in time, asked as a run asks it. */
import { DnsClient, newDnsClientCounts, probeQuestion } from '../../enrich/names/dns-client.js';
import type { DnsOutcome } from '../../enrich/names/dns-query.js';
import {
  type DnsServer,
  parseDnsServer,
  readResolvConf,
  systemResolvConf,
} from '../../enrich/names/dns-servers.js';
import { reverseDnsDefaults } from '../../enrich/names/reverse-dns.js';
import { steadyMs } from '../../host/clock.js';
import { shellWords } from '../commands.js';
import { type Check, type Finding, fail, ok, type Subject, warn } from '../finding.js';

export const resolvers: Check = { name: 'resolvers', run };

async function run({ names, command }: Subject): Promise<Finding[]> {
  if (!names.from.includes('ptr')) return [ok('none is asked')];
  let servers: readonly DnsServer[];
  try {
    servers = names.resolvers.length > 0 ? names.resolvers.map(parseDnsServer) : await systemServers();
  } catch (error) {
    return [fail((error as Error).message)];
  }
  const answers = await Promise.all(servers.map(async (server) => ({ server, ...(await ask(server)) })));
  const answering = answers.find(({ outcome }) => isAnswer(outcome))?.server;
  const ofSystem = names.resolvers.length === 0;
  const origin = ofSystem ? ` (of ${systemResolvConf})` : '';
  const remedy = remedyFor(command, answering, ofSystem);
  return answers.map(({ server, ...answer }) =>
    findingOn(`${textOf(server)}${origin}`, answer, answering, remedy),
  );
}

/** The same run without what does not answer; undefined where it takes more than words at its end. */
function remedyFor(
  command: readonly string[],
  answering: DnsServer | undefined,
  ofSystem: boolean,
): string | undefined {
  // Behind "--" an option is a word of the filter; and a further --dns takes none of the others away.
  if (command.includes('--') || (answering !== undefined && !ofSystem)) return undefined;
  // -n and --names exclude each other.
  if (answering === undefined && command.some((word) => /^--names(=|$)/.test(word))) return undefined;
  return shellWords([...command, ...(answering === undefined ? ['-n'] : ['--dns', textOf(answering)])]);
}

async function systemServers(): Promise<DnsServer[]> {
  const servers = await readResolvConf(systemResolvConf);
  if (servers === undefined) throw new Error(`${systemResolvConf} cannot be read just now; run doctor again`);
  return servers;
}

interface Answer {
  readonly outcome: DnsOutcome;
  readonly afterMs: number;
}

/** That there is no name is an answer, too. */
function isAnswer({ kind }: DnsOutcome): boolean {
  return kind !== 'failure' && kind !== 'silence';
}

/** Where another answers, names are to be had, only later. */
function findingOn(
  name: string,
  { outcome, afterMs }: Answer,
  other: DnsServer | undefined,
  remedy: string | undefined,
): Finding {
  switch (outcome.kind) {
    case 'failure':
      return warn(`${name} answers, but only ${outcome.reason}; ${advice(other)}`, remedy);
    case 'silence': {
      const level = other === undefined ? fail : warn;
      return level(`${name} does not answer (${outcome.reason}); ${advice(other)}`, remedy);
    }
    default:
      return ok(`${name} answers after ${afterMs} ms`);
  }
}

function advice(other: DnsServer | undefined): string {
  if (other !== undefined) return `ask only the one that does, with --dns ${textOf(other)}`;
  return 'name one that does with --dns, or ask none with -n or --names traffic';
}

function textOf({ address, family, port }: DnsServer): string {
  if (port === 53) return address;
  return family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

/** How often time-outs are looked for. */
const tickMs = 10;

/** Asks as a run with this server alone does: in other letters or over TCP if need be. */
function ask(server: DnsServer): Promise<Answer> {
  return new Promise((resolve) => {
    const startedMs = steadyMs();
    const client = new DnsClient({
      timeoutMs: reverseDnsDefaults.timeoutMs,
      maxInFlight: 1,
      counts: newDnsClientCounts(),
      log: { limited() {} },
      answered(_, outcome) {
        clearInterval(timer);
        client.close();
        resolve({ outcome, afterMs: Math.ceil(steadyMs() - startedMs) });
      },
    });
    client.useServers([server]);
    client.ask(probeQuestion);
    const timer = setInterval(() => client.tick(steadyMs() - startedMs), tickMs);
  });
}
