/**
 * The one table of options: --help, the parser, the check of docs and shell users all read it. A row's text says what the
 * option does; its default is shown as the user would write it.
 */

/** How an option's argument is read. A 'flag' has none; 'text' is taken as it stands. */
export type OptionType = 'flag' | 'text' | 'duration' | 'count' | 'mebibytes' | 'choice';

export interface OptionRow {
  /** The long name, without dashes. */
  readonly name: string;
  /** One letter, without its dash. */
  readonly short?: string;
  readonly type: OptionType;
  /** What --help calls the argument. Absent for flags. */
  readonly argument?: string;
  readonly repeatable?: true;
  readonly choices?: readonly string[];
  /** Lowest and highest value of a count, of mebibytes, or of a duration in milliseconds. */
  readonly range?: readonly [number, number];
  readonly default?: string;
  readonly help: string;
  readonly group: 'Input' | 'Windows' | 'Output' | 'Names and labels' | 'Other';
}

const table = [
  {
    name: 'interface',
    short: 'i',
    type: 'text',
    argument: 'NAME',
    repeatable: true,
    help: 'capture on this interface: a name that -D lists, "any" for all, "auto" for the default route\'s',
    group: 'Input',
  },
  {
    name: 'read',
    short: 'r',
    type: 'text',
    argument: 'FILE',
    repeatable: true,
    help: 'read pcap, pcapng (gzipped or not) or tcpdump text from a file, "-" for stdin, on the clock of its timestamps',
    group: 'Input',
  },
  {
    name: 'list-interfaces',
    short: 'D',
    type: 'flag',
    help: 'list the interfaces that can be captured on, with their addresses, and exit',
    group: 'Input',
  },
  {
    name: 'engine',
    type: 'choice',
    argument: 'NAME',
    choices: ['cap', 'batch'],
    default: 'cap',
    help: "what captures: cap, the package, or batch, the project's own addon, which takes a fraction of the CPU",
    group: 'Input',
  },
  {
    name: 'buffer',
    short: 'B',
    type: 'mebibytes',
    argument: 'MiB',
    range: [1, 2047],
    default: '64',
    help: "size of the kernel's capture buffer, per interface",
    group: 'Input',
  },
  {
    name: 'snapshot-length',
    short: 's',
    type: 'count',
    argument: 'BYTES',
    range: [96, 262144],
    default: '128',
    help: 'captured bytes of each frame at the most (engine batch; cap always takes up to 65535)',
    group: 'Input',
  },
  {
    name: 'no-promiscuous',
    short: 'p',
    type: 'flag',
    help: 'do not put the interface into promiscuous mode (engine batch; cap always does)',
    group: 'Input',
  },
  {
    name: 'direction',
    short: 'Q',
    type: 'choice',
    argument: 'WAY',
    choices: ['in', 'out', 'inout'],
    default: 'inout',
    help: 'which frames count, seen from this host: in, out or inout (engine batch)',
    group: 'Input',
  },
  {
    name: 'exit-on-interface-loss',
    type: 'flag',
    help: 'end with exit code 1 when an interface goes down or away, instead of waiting until it is back',
    group: 'Input',
  },
  {
    name: 'interval',
    type: 'duration',
    argument: 'TIME',
    range: [100, 86_400_000],
    default: '20s',
    help: 'length of a window, aligned to the clock: 500ms, 20s, 1m, 1h; 0 with -r makes the whole input one window',
    group: 'Windows',
  },
  {
    name: 'max-flows',
    type: 'count',
    argument: 'N',
    range: [1, 0xff_fffe],
    default: '262144',
    help: 'flows of each IP version in a window at the most (up to 40 MiB of memory per 100,000, and with several -r 20 more for each processor and each pipe); packets of further flows are summed in one record per protocol with addresses "*"',
    group: 'Windows',
  },
  {
    name: 'to',
    type: 'text',
    argument: 'HOST:PORT',
    repeatable: true,
    help: 'send records there by UDP, one a datagram (udp://HOST:PORT, [IPv6]:PORT); "-" writes them to stdout; without it stdout, as a table on a terminal',
    group: 'Output',
  },
  {
    name: 'rate',
    type: 'count',
    argument: 'N',
    range: [1, 1_000_000],
    default: '20000',
    help: 'datagrams a second at the most, for each --to',
    group: 'Output',
  },
  {
    name: 'queue',
    type: 'mebibytes',
    argument: 'MiB',
    range: [1, 1024],
    default: '64',
    help: 'records that wait for each --to while it cannot be reached or has no room; the oldest give way, and are counted',
    group: 'Output',
  },
  {
    name: 'pack',
    type: 'count',
    argument: 'BYTES',
    range: [0, 9000],
    default: '0',
    help: 'pack records, one a line, into datagrams of up to so many bytes (the Datadog Agent takes 9000); 0 sends each alone',
    group: 'Output',
  },
  {
    name: 'seq',
    type: 'flag',
    help: 'end each record with the fields "agent" and "seq", a number for each --to, so that pcap-agg verify can tell what got lost',
    group: 'Output',
  },
  {
    name: 'no-names',
    short: 'n',
    type: 'flag',
    help: 'do not ask for host names; the address stands in their place',
    group: 'Names and labels',
  },
  {
    name: 'dns',
    type: 'text',
    argument: 'HOST[:PORT]',
    repeatable: true,
    help: "ask this resolver for names instead of the system's (an address; [IPv6]:PORT); with -r, names are asked for only when this is given",
    group: 'Names and labels',
  },
  {
    name: 'names-for',
    type: 'choice',
    argument: 'WHICH',
    choices: ['all', 'public'],
    default: 'all',
    help: 'which addresses names are asked for: all, or public, which leaves out private, link-local and other local ones',
    group: 'Names and labels',
  },
  {
    name: 'datadog-ranges',
    type: 'text',
    argument: 'URL|FILE|off',
    help: "where Datadog's address ranges come from; default: https://ip-ranges.SITE/",
    group: 'Names and labels',
  },
  {
    name: 'datadog-site',
    type: 'text',
    argument: 'SITE',
    default: 'datadoghq.com',
    help: 'the Datadog site whose ranges are fetched',
    group: 'Names and labels',
  },
  {
    name: 'user',
    short: 'Z',
    type: 'text',
    argument: 'USER',
    help: 'when started as root, become this user once everything is open; default: the user who called sudo, else nobody; with root no right is given up',
    group: 'Other',
  },
  { name: 'help', short: 'h', type: 'flag', help: 'show this help and exit', group: 'Other' },
  { name: 'version', short: 'V', type: 'flag', help: 'show the version and exit', group: 'Other' },
] as const satisfies readonly OptionRow[];

export type OptionName = (typeof table)[number]['name'];

export const options: readonly (OptionRow & { readonly name: OptionName })[] = table;
