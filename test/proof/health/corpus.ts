/**
 * Captures that nobody here made, from ../shared/corpus beside the checkout, and the project's own: handshakes against tshark's initial
 * RTT, answers against its DNS time, states against a machine that follows Zeek's rules segment by segment.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machineState } from '../../support/connection-machine.js';
import { fixturesFolder } from '../../support/fixtures.js';
import { offline, runProgram } from '../../support/program.js';
import type { HealthCase, HealthVerdict } from './case.js';
import { type Connection, pairOf, type Readings, readWithTshark } from './corpus-tshark.js';

const lookupsProgram = fileURLToPath(new URL('./lookups-program.js', import.meta.url));
const corpus = `${fixturesFolder}../../shared/corpus/tcpdump`;
/** Of a capture in nanoseconds, each moment is cut to a microsecond here. */
const roundingUs = 1;

interface HealthRecord {
  readonly protocol: number;
  readonly client_ip: string;
  readonly client_port: number;
  readonly server_ip: string;
  readonly server_port: number;
  readonly conn_state?: string;
  readonly handshake_rtt_us?: number;
  readonly appl_latency_us?: number;
  readonly client_syn_packets?: number;
  readonly server_syn_packets?: number;
}

/** Captures whose stamps hold more nanoseconds than a second has: who reads them decides what that means. */
const withoutClock: readonly string[] = ['timestamp_invalid_nano.pcap'];

/** How many were compared, and what was not as it should be. */
class Comparison {
  compared = 0;
  /** For a good reason, which `whyAbsent` names. */
  absent = 0;
  readonly #whyAbsent: string;
  readonly wrong: string[] = [];

  constructor(whyAbsent: string) {
    this.#whyAbsent = whyAbsent;
  }

  note(isRight: boolean, what: string): void {
    this.compared++;
    if (!isRight) this.wrong.push(what);
  }

  get words(): string {
    const absent = this.absent === 0 ? '' : `, ${this.absent} more absent: ${this.#whyAbsent}`;
    return `${this.compared - this.wrong.length} of ${this.compared}${absent}`;
  }
}

/** What has connections or lookups: tshark takes its time to find none in the others. */
const ofCorpus = /^(accecn|bgp|dns|gso|mptcp|nfs|of10|resp|smb|telnet|timestamp|tok2str|zmtp)/;
const ofFixtures = /^(conversation|dns|tcp|tls)/;

/** Each so many that a case is over in time. */
const capturesOfCase = 50;

function casesOf(whose: string, folder: string, named: RegExp): HealthCase[] {
  const captures = existsSync(folder) ? capturesIn(folder).filter((path) => named.test(basename(path))) : [];
  const first = Array.from(
    { length: Math.ceil(captures.length / capturesOfCase) },
    (_, at) => at * capturesOfCase,
  );
  return first.map((from) => ({
    name: `${whose} captures from ${from}: handshakes and DNS against tshark, states against rules by segment`,
    run: () => compareAll(captures.slice(from, from + capturesOfCase)),
  }));
}

export const corpusCases: readonly HealthCase[] = [
  ...casesOf('strange', corpus, ofCorpus),
  ...casesOf('own', fixturesFolder, ofFixtures),
  ...casesOf('own states', `${fixturesFolder}states`, /./),
  {
    name: 'lookups: 2,200 clients of a DNS server that is slow, against tshark',
    skip: process.getuid?.() !== 0 && 'needs root',
    async run({ folder }) {
      const file = join(folder, 'lookups.pcap');
      execFileSync('unshare', ['--net', process.execPath, lookupsProgram, file]);
      return compareAll([file]);
    },
  },
];

async function compareAll(paths: readonly string[]): Promise<HealthVerdict> {
  const handshakes = new Comparison('a SYN came again, or a RST answered it');
  const lookups = new Comparison('');
  const states = new Comparison('a segment could not be read');
  let captures = 0;
  for (const path of paths) {
    const readings = readWithTshark(path);
    if (readings.connections.size + readings.lookups.size === 0) continue;
    captures++;
    const name = basename(path);
    for (const record of await recordsOf(path)) {
      const key = pairOf(
        `${record.client_ip} ${record.client_port}`,
        `${record.server_ip} ${record.server_port}`,
      );
      compareConnection(record, readings.connections.get(key), `${name}, ${key}`, handshakes, states);
      compareLookup(record, readings, key, name, lookups);
    }
  }
  const all = [handshakes, lookups, states];
  return {
    compared: all.reduce((sum, { compared }) => sum + compared, 0),
    right: all.reduce((sum, { compared, wrong }) => sum + compared - wrong.length, 0),
    told: `${captures} captures: initial RTT ${handshakes.words}; DNS time ${lookups.words}; state ${states.words}`,
    wrong: all.flatMap(({ wrong }) => wrong),
  };
}

function capturesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /\.(pcap|pcapng)$/.test(name))
    .toSorted()
    .map((name) => join(folder, name));
}

/** The whole file as one window. Rejects where the program did not come to the file's end, which may be a cut. */
async function recordsOf(path: string): Promise<HealthRecord[]> {
  const words = ['--interval', '0', '--schema', 'full', '--biflow', ...offline];
  const { stdout, stderr } = await runProgram(['-r', path, ...words]);
  if (!/^pcap-agg: balanced$/m.test(stderr)) throw new Error(`${path}: ${stderr}`);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as HealthRecord);
}

function compareConnection(
  record: HealthRecord,
  connection: Connection | undefined,
  what: string,
  handshakes: Comparison,
  states: Comparison,
): void {
  if (record.protocol !== 6 || connection === undefined) return;
  const client = `${record.client_ip} ${record.client_port}`;
  const history = connection.segments
    .map(({ sender, letters }) => (sender === client ? letters.toUpperCase() : letters))
    .join('');
  const expected = machineState(history);
  if (record.conn_state === undefined) states.absent++;
  else
    states.note(
      record.conn_state === expected,
      `${what}: ${record.conn_state}, by its segments ${expected}: ${history}`,
    );
  const { initialRttUs } = connection;
  if (initialRttUs === undefined || withoutClock.some((name) => what.startsWith(name))) return;
  const told = record.handshake_rtt_us;
  if (told === undefined && (isRepeated(record) || !history.includes('h'))) {
    handshakes.absent++;
    return;
  }
  const isNear = told !== undefined && Math.abs(told - initialRttUs) <= roundingUs;
  handshakes.note(isNear, `${what}: handshake ${told} us, tshark's initial RTT ${initialRttUs}: ${history}`);
}

const isRepeated = ({ client_syn_packets = 0, server_syn_packets = 0 }: HealthRecord): boolean =>
  client_syn_packets > 1 || server_syn_packets > 1;

function compareLookup(
  record: HealthRecord,
  { lookups }: Readings,
  key: string,
  name: string,
  times: Comparison,
): void {
  const own = record.protocol === 17 ? lookups.get(key) : undefined;
  if (own?.timeUs === undefined || own.questions !== 1 || own.answers !== 1) return;
  const told = record.appl_latency_us;
  const isNear = told !== undefined && Math.abs(told - own.timeUs) <= roundingUs;
  times.note(isNear, `${name}, ${key}: response ${told} us, tshark's DNS time ${own.timeUs}`);
}
