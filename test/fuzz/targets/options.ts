/**
 * Command lines with their environment, their words ending in a zero byte as the kernel passes them, and the addresses that
 * they name. A word that begins with PCAP_AGG_ is a variable.
 */
import assert from 'node:assert/strict';
import { EnrichError } from '../../../src/enrich/enricher.js';
import { parseDnsServer } from '../../../src/enrich/names/dns-servers.js';
import { UsageError } from '../../../src/host/failure.js';
import { options as rows } from '../../../src/settings/options.js';
import { type Command, parseCommand } from '../../../src/settings/parse.js';
import { parseTarget, TargetError } from '../../../src/sink/target.js';
import { bytesOf, type Target, textOf } from './target.js';

const end = '\u0000';

async function run(input: Uint8Array): Promise<void> {
  const words = textOf(input).replaceAll('\n', ' ').split(end).slice(0, -1);
  const command = await parsed(words);
  if (command?.kind !== 'run') return;
  const { config } = command;
  assert.ok(Object.isFrozen(config) && Object.isFrozen(config.input), 'a configuration that can change');
  const ofOutputs = config.outputs.flatMap(({ ratePerSecond, queueBytes, packBytes }) => [
    ratePerSecond,
    queueBytes,
    packBytes,
  ]);
  for (const count of [config.intervalMs, config.maxFlows, ...ofOutputs]) {
    assert.ok(Number.isSafeInteger(count) && count >= 0, `a count of ${count}`);
  }
  for (const { target } of config.outputs) {
    if (target === '-') continue;
    orRefused(() => {
      const { host, port } = parseTarget(target);
      assert.ok(host !== '' && port >= 1 && port <= 65_535, target);
    }, TargetError);
  }
  for (const server of config.names.resolvers) {
    orRefused(() => {
      const { port } = parseDnsServer(server);
      assert.ok(port >= 1 && port <= 65_535, server);
    }, EnrichError);
  }
}

/** Undefined where the words were refused in one line. */
async function parsed(words: readonly string[]): Promise<Command | undefined> {
  try {
    const stdin = words.length % 2 === 0 ? 'nothing' : 'data';
    const variables = words.filter(isVariable);
    const environment = Object.fromEntries(variables.map((word) => word.split(/=(.*)/, 2)));
    const args = words.filter((word) => !isVariable(word));
    return await parseCommand(args, { environment, stdin, columns: 80 });
  } catch (error) {
    checkRefusal(error, UsageError);
    return undefined;
  }
}

function isVariable(word: string): boolean {
  return word.startsWith('PCAP_AGG_');
}

type ErrorClass = abstract new (...args: never[]) => Error;

function orRefused(read: () => void, refusal: ErrorClass): void {
  try {
    read();
  } catch (error) {
    checkRefusal(error, refusal);
  }
}

function checkRefusal(error: unknown, refusal: ErrorClass): void {
  if (!(error instanceof refusal)) throw error;
  assert.doesNotMatch(error.message, /\n/, 'a refusal of several lines');
}

const commandLine = (...words: string[]): Uint8Array => bytesOf(words.map((word) => word + end).join(''));

export const options: Target = {
  name: 'options',
  seeds: () => [
    commandLine('-i', 'eth0', '--to', '127.0.0.1:10518', '--to', 'udp://[::1]:2'),
    commandLine('-r', 'a.pcap', '-r', '-', '--interval', '0', '-n', '--dns', '[::1]:53'),
    commandLine('-nieth0', '-B1', 'port', '53'),
    commandLine('--to', 'udp://h:1?rate=5&queue=2&pack=1400', '--to', '-?queue=1'),
    commandLine('PCAP_AGG_TO=a:1?pack=0 b:2', 'PCAP_AGG_NO_NAMES=1', 'PCAP_AGG_INTERVAL=64.1s', '-n'),
    commandLine('--engine=batch', '-s', '96', '-Q', 'in', '--', '-x'),
    commandLine('--interval', '1.5s', '--max-flows', '10', '--rate', '5', '--datadog-ranges', 'off'),
  ],
  words: [
    ...rows.flatMap(({ name, short, argument = '' }) => [
      `--${name}`,
      `--${name}=`,
      `-${short ?? name[0]}`,
      ...argument.split('|'),
    ]),
    ...[
      end,
      '--',
      '-',
      '=',
      '0',
      '20s',
      '500ms',
      '1h',
      '1e9',
      '-1',
      '--no-',
      '--__proto__=1',
      '--constructor',
      '[::1]:1',
      'PCAP_AGG_RATE=',
      'PCAP_AGG_READ=',
      '?rate=',
      '&queue=',
      ':',
    ],
  ].map(bytesOf),
  maxBytes: 256,
  run,
};
