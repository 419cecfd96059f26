/** The DNS servers that names are asked of: whether each answers a PTR question in time. */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { encodeQuestion, mixCase, readAnswer } from '../../enrich/names/dns-message.js';
import {
  type DnsServer,
  parseDnsServer,
  parseResolvConf,
  systemResolvConf,
} from '../../enrich/names/dns-servers.js';
import { steadyMs } from '../../host/clock.js';
import { shellWords } from '../commands.js';
import { type Check, type Finding, fail, ok, type Subject, warn } from '../finding.js';

export const resolvers: Check = { name: 'resolvers', run };

/** Every resolver answers this by itself (RFC 6303, 4.2), so that it tells of the server and not of the Internet. */
const question = '1.0.0.127.in-addr.arpa';
const patienceMs = 2_000;

async function run({ names, command }: Subject): Promise<Finding[]> {
  if (!names.enabled) return [ok('none is asked')];
  let servers: readonly DnsServer[];
  try {
    servers = names.resolvers.length > 0 ? names.resolvers.map(parseDnsServer) : systemServers();
  } catch (error) {
    return [fail((error as Error).message)];
  }
  const answers = await Promise.all(servers.map(async (server) => ({ server, answer: await ask(server) })));
  const answering = answers.find(({ answer }) => answer.kind === 'answer')?.server;
  const ofSystem = names.resolvers.length === 0;
  const origin = ofSystem ? ` (of ${systemResolvConf})` : '';
  const remedy = remedyFor(command, answering, ofSystem);
  return answers.map(({ server, answer }) =>
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
  return shellWords([...command, ...(answering === undefined ? ['-n'] : ['--dns', textOf(answering)])]);
}

function systemServers(): DnsServer[] {
  try {
    return parseResolvConf(readFileSync(systemResolvConf, 'utf8'));
  } catch {
    return parseResolvConf('');
  }
}

type Answer =
  | { readonly kind: 'answer' | 'failure'; readonly afterMs: number }
  | { readonly kind: 'none'; readonly reason: string };

/** Where another answers, names are to be had, only later. */
function findingOn(
  name: string,
  answer: Answer,
  other: DnsServer | undefined,
  remedy: string | undefined,
): Finding {
  switch (answer.kind) {
    case 'answer':
      return ok(`${name} answers after ${answer.afterMs} ms`);
    case 'failure':
      return warn(`${name} answers, but only that it cannot or will not; ${advice(other)}`, remedy);
    default: {
      const level = other === undefined ? fail : warn;
      return level(`${name} does not answer (${answer.reason}); ${advice(other)}`, remedy);
    }
  }
}

function advice(other: DnsServer | undefined): string {
  if (other !== undefined) return `ask only the one that does, with --dns ${textOf(other)}`;
  return 'name one that does with --dns, or ask for no names with -n';
}

function textOf({ address, family, port }: DnsServer): string {
  if (port === 53) return address;
  return family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Asks once. A connected socket hears of nobody but the server, and of its host's refusal. */
function ask({ address, family, port }: DnsServer): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    const random = randomBytes(8);
    const id = random.readUInt16BE(0);
    const name = mixCase(question, random.subarray(2));
    const startedMs = steadyMs();
    const finish = (answer: Answer) => {
      clearTimeout(timer);
      socket.removeAllListeners().on('error', () => {});
      socket.close();
      resolve(answer);
    };
    const failedWith = (error: NodeJS.ErrnoException) =>
      finish({ kind: 'none', reason: error.code ?? error.message });
    const timer = setTimeout(
      () => finish({ kind: 'none', reason: `silent for ${patienceMs / 1_000} s` }),
      patienceMs,
    );
    socket.on('error', failedWith);
    socket.on('message', (message) => {
      const { kind } = readAnswer(message, id, name, 'udp');
      if (kind === 'foreign' || kind === 'malformed') return;
      const afterMs = Math.ceil(steadyMs() - startedMs);
      finish({ kind: kind === 'failure' ? 'failure' : 'answer', afterMs });
    });
    socket.connect(port, address, (error?: Error) => {
      if (error) failedWith(error);
      else socket.send(encodeQuestion(id, name), (failure) => failure && failedWith(failure));
    });
  });
}
