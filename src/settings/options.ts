/**
 * The one table of options. Each row reads its own text, holds its default as a user would write it, and serves the command
 * line, the environment, --help and docs/options.md alike.
 */
import { asText, count, duration, flag, mebibytes, oneOf, type Reader } from './values.js';

export interface OptionRow<T = unknown> {
  /** The long name, without dashes. */
  readonly name: string;
  /** One letter, without its dash. */
  readonly short?: string;
  /** What --help calls the argument. Absent for flags. */
  readonly argument?: string;
  readonly repeatable?: true;
  /** Asks for something else than a run: no environment and no file does. */
  readonly commandLineOnly?: true;
  readonly default?: string;
  readonly read: Reader<T>;
  readonly help: string;
  readonly group: 'Input' | 'Windows' | 'Output' | 'Names and labels' | 'Other';
}

export const rows = {
  interface: {
    name: 'interface',
    short: 'i',
    read: asText,
    argument: 'NAME',
    repeatable: true,
    help: "capture on this interface: a name that -D lists, \"any\" for all, \"auto\" for the default route's; or on all that patterns name, now and later: 'eth*', or '!veth*' for all but these (engine batch)",
    group: 'Input',
  },
  read: {
    name: 'read',
    short: 'r',
    read: asText,
    argument: 'FILE',
    repeatable: true,
    help: 'read pcap, pcapng (gzipped or not) or tcpdump text from a file, "-" for stdin, on the clock of its timestamps',
    group: 'Input',
  },
  listInterfaces: {
    name: 'list-interfaces',
    short: 'D',
    read: flag,
    commandLineOnly: true,
    help: 'list the interfaces that can be captured on, with their addresses, and exit; with -i, those that it names',
    group: 'Input',
  },
  engine: {
    name: 'engine',
    ...oneOf('auto', 'cap', 'batch'),
    default: 'auto',
    help: "what captures: cap, the package; batch, the project's own addon, which takes a fraction of the CPU; auto, cap until it cannot keep up, and batch from then on",
    group: 'Input',
  },
  buffer: {
    name: 'buffer',
    short: 'B',
    read: mebibytes([1, 2047]),
    argument: 'MiB',
    default: '64',
    help: "size of the kernel's capture buffer, per interface",
    group: 'Input',
  },
  snapshotLength: {
    name: 'snapshot-length',
    short: 's',
    read: count([96, 262144]),
    argument: 'BYTES',
    default: '128',
    help: 'bytes to capture of each frame at most, 256 with --tunnels inner (by batch, which auto then is; cap always takes up to 65535)',
    group: 'Input',
  },
  noPromiscuous: {
    name: 'no-promiscuous',
    short: 'p',
    read: flag,
    help: 'do not put the interface into promiscuous mode (by batch, which auto then is; cap always does)',
    group: 'Input',
  },
  direction: {
    name: 'direction',
    short: 'Q',
    ...oneOf('in', 'out', 'inout'),
    default: 'inout',
    help: 'which frames count, seen from this host (in and out by batch, which auto then is)',
    group: 'Input',
  },
  tunnels: {
    name: 'tunnels',
    ...oneOf('outer', 'inner'),
    default: 'outer',
    help: "which packet counts: the outermost, or the innermost of VXLAN, Geneve, GRE, ERSPAN, IP in IP, GTP-U and Teredo (not of tcpdump's text)",
    group: 'Input',
  },
  exitOnInterfaceLoss: {
    name: 'exit-on-interface-loss',
    read: flag,
    help: 'end with exit code 1 when an interface goes down or away, instead of waiting until it is back',
    group: 'Input',
  },
  interval: {
    name: 'interval',
    read: duration([100, 86_400_000]),
    argument: 'TIME',
    default: '20s',
    help: 'length of a window, aligned to the clock: 500ms, 20s, 1m, 1h; 0 with -r makes the whole input one window',
    group: 'Windows',
  },
  maxFlows: {
    name: 'max-flows',
    read: count([1, 0xff_fffe]),
    argument: 'N',
    default: '262144',
    help: 'flows per window and IP version at most (up to 40 MiB of memory per 100,000); packets of further flows are summed in one record per protocol with addresses "*"',
    group: 'Windows',
  },
  to: {
    name: 'to',
    read: asText,
    argument: 'HOST:PORT|URL',
    repeatable: true,
    help: 'send records there by UDP, one per datagram; a URL may have its own settings: udp://HOST:PORT?rate=1000&queue=16&pack=1400; "-" is stdout; without --to, stdout, as a table on a terminal',
    group: 'Output',
  },
  rate: {
    name: 'rate',
    read: count([1, 1_000_000]),
    argument: 'N',
    default: '20000',
    help: 'datagrams per second at most, for each --to',
    group: 'Output',
  },
  queue: {
    name: 'queue',
    read: mebibytes([1, 1024]),
    argument: 'MiB',
    default: '64',
    help: 'memory for records that wait for each --to while it is away or has no room; when it is full, the oldest are dropped and counted',
    group: 'Output',
  },
  pack: {
    name: 'pack',
    read: count([0, 9000]),
    argument: 'BYTES',
    default: '0',
    help: 'pack several records, one a line, into each datagram, up to this many bytes (the Datadog Agent takes 9000); 0 sends each record alone',
    group: 'Output',
  },
  seq: {
    name: 'seq',
    read: flag,
    help: 'end each record with the fields "agent" and "seq", counted per --to, so that pcap-agg verify can tell what got lost',
    group: 'Output',
  },
  noNames: {
    name: 'no-names',
    short: 'n',
    read: flag,
    help: 'do not look up host names; records show the address instead',
    group: 'Names and labels',
  },
  dns: {
    name: 'dns',
    read: asText,
    argument: 'HOST[:PORT]',
    repeatable: true,
    help: "look up names with this resolver instead of the system's (an address; [IPv6]:PORT); with -r, names are looked up only when this is given",
    group: 'Names and labels',
  },
  namesFor: {
    name: 'names-for',
    ...oneOf('all', 'public'),
    default: 'all',
    help: 'which addresses to look up: all, or public, which leaves out private, link-local and other local ones',
    group: 'Names and labels',
  },
  datadogRanges: {
    name: 'datadog-ranges',
    read: asText,
    argument: 'URL|FILE|off',
    help: "where Datadog's address ranges come from; default: https://ip-ranges.SITE/",
    group: 'Names and labels',
  },
  datadogSite: {
    name: 'datadog-site',
    read: asText,
    argument: 'SITE',
    default: 'datadoghq.com',
    help: 'the Datadog site whose ranges are fetched',
    group: 'Names and labels',
  },
  user: {
    name: 'user',
    short: 'Z',
    read: asText,
    argument: 'USER|UID[:GID]',
    help: 'when started as root, become this user once everything is open; default: the user who called sudo, else nobody; root keeps all rights',
    group: 'Other',
  },
  help: {
    name: 'help',
    short: 'h',
    read: flag,
    commandLineOnly: true,
    help: 'show this help and exit',
    group: 'Other',
  },
  version: {
    name: 'version',
    short: 'V',
    read: flag,
    commandLineOnly: true,
    help: 'show the version and exit',
    group: 'Other',
  },
} as const satisfies Readonly<Record<string, OptionRow>>;

/** In the order of --help. */
export const options: readonly OptionRow[] = Object.values(rows);

/** What a row's text is read into. */
export type ValueOf<Row> = Row extends OptionRow<infer T> ? T : never;
