import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { UsageError } from '../../src/host/failure.js';
import type { Config, OutputConfig, StdinKind } from '../../src/settings/config.js';
import type { OptionRow } from '../../src/settings/option-row.js';
import { options } from '../../src/settings/options.js';
import { type Command, parseCommand } from '../../src/settings/parse.js';

const columns = 100;

const allRecords = {
  biflow: false,
  top: Number.POSITIVE_INFINITY,
  groups: [],
  minBytes: 0,
  minPackets: 0,
} as const;

/** An output with every setting's default. */
function output(target: string, different: Partial<OutputConfig> = {}): OutputConfig {
  const queueBytes = 64 * 1024 * 1024;
  return {
    target,
    scheme: target === '-' ? '-' : 'udp',
    address: target === '-' ? '' : target.replace(/^udp:\/\//, ''),
    format: 'json',
    option: '--to',
    ratePerSecond: 20_000,
    queueBytes,
    packBytes: 0,
    schema: 'legacy',
    records: allRecords,
    multicastHops: 1,
    observationDomain: 1,
    framing: 'newline',
    tls: { ca: undefined, cert: undefined, key: undefined, servername: undefined, verifies: true },
    keyFile: undefined,
    compress: 'gzip',
    rotate: undefined,
    keep: 10,
    spool: undefined,
    spoolBytes: 1e9,
    ...different,
  };
}

/** With --to. */
function outputs(...outputs: readonly OutputConfig[]): Partial<Config> {
  return { outputs, tableOnTerminal: false };
}

/** What every option's default makes of an empty command line. */
const live = {
  kind: 'live',
  interfaces: ['auto'],
  engine: 'auto',
  filter: '',
  bufferBytes: 64 * 1024 * 1024,
  snapshotBytes: 128,
  promiscuous: true,
  direction: 'inout',
  exitOnInterfaceLoss: false,
} as const;
const defaults: Config = {
  input: live,
  tunnels: 'outer',
  intervalMs: 20_000,
  maxFlows: 262_144,
  outputs: [output('-')],
  tableOnTerminal: true,
  numbered: false,
  names: { from: ['ptr', 'dns', 'sni', 'quic'], chosen: false, resolvers: [], namesFor: 'all' },
  owners: 'on',
  networks: [],
  tags: [],
  service: undefined,
  ranges: { source: undefined, site: 'datadoghq.com' },
  user: undefined,
};
const noNames = { ...defaults.names, from: [], chosen: true };
const namesOf = (...from: Config['names']['from']) => ({ ...defaults.names, from, chosen: true });
const namesOfFiles = { ...defaults.names, from: ['dns', 'sni', 'quic'] } as const;

/** Words as a shell would split them. */
function parse(line: string, stdin: StdinKind = 'nothing'): Promise<Command> {
  return parseCommand(line === '' ? [] : line.split(' '), { environment: {}, stdin, columns });
}

async function configOf(line: string, stdin?: StdinKind): Promise<Config> {
  const command = await parse(line, stdin);
  assert.equal(command.kind, 'run');
  return command.config;
}

/** Nobody can be asked about their sockets. */
const ofStdin = { input: { kind: 'stdin' as const }, owners: 'off' as const };
const ofFiles = (files: readonly string[]) => ({
  input: { kind: 'files' as const, files },
  owners: 'off' as const,
});

const understood: readonly (readonly [line: string, different: Partial<Config>, stdin?: StdinKind])[] = [
  ['', {}],
  ['', { ...ofStdin }, 'data'],
  ['--to 127.0.0.1:10518', { ...ofStdin, ...outputs(output('127.0.0.1:10518')) }, 'data'],
  [
    '-i eth0 --to a:1 --to udp://[::1]:2',
    { input: { ...live, interfaces: ['eth0'] }, ...outputs(output('a:1'), output('udp://[::1]:2')) },
  ],
  ['-i eth0 -i lo', { input: { ...live, interfaces: ['eth0', 'lo'] } }],
  ['-i any', { input: { ...live, interfaces: ['any'] } }, 'data'],
  ['--interface=eth0 --to=-', { input: { ...live, interfaces: ['eth0'] }, ...outputs(output('-')) }],
  ['-ieth0', { input: { ...live, interfaces: ['eth0'] } }],
  ['-nieth0 -B1', { input: { ...live, interfaces: ['eth0'], bufferBytes: 1024 * 1024 }, names: noNames }],
  ['-i=eth0', { input: { ...live, interfaces: ['eth0'] } }],
  ['-i eth0 -- -ir', { input: { ...live, interfaces: ['eth0'], filter: '-ir' } }],
  ['-ni eth0', { input: { ...live, interfaces: ['eth0'] }, names: noNames }],
  [
    '-i eth0 host ::1 and port 53',
    { input: { ...live, interfaces: ['eth0'], filter: 'host ::1 and port 53' } },
  ],
  ['port 53', { input: { ...live, filter: 'port 53' } }],
  ['-n -- -1', { input: { ...live, filter: '-1' }, names: noNames }],
  ['-r a.pcap -r -', { ...ofFiles(['a.pcap', '-']), names: namesOfFiles }, 'data'],
  ['-r a --interval 0', { ...ofFiles(['a']), names: namesOfFiles, intervalMs: 0 }],
  ['-r a --dns [::1]:53', { ...ofFiles(['a']), names: { ...defaults.names, resolvers: ['[::1]:53'] } }],
  ['--dns 1.1.1.1 --dns dns.local', { names: { ...defaults.names, resolvers: ['1.1.1.1', 'dns.local'] } }],
  ['--names-for public', { names: { ...defaults.names, namesFor: 'public' } }],
  ['--owners syn', { owners: 'syn' }],
  ['--owners off', { owners: 'off' }],
  ['--no-names', { names: noNames }],
  ['--names off', { names: noNames }],
  ['-n --names off', { names: noNames }],
  ['--names ptr', { names: namesOf('ptr') }],
  ['--names dns', { names: namesOf('dns') }],
  ['--names dns,\u00a0sni', { names: namesOf('dns', 'sni') }],
  ['--names quic,ptr,quic', { names: namesOf('ptr', 'quic') }],
  ['--names traffic', { names: namesOf('dns', 'sni', 'quic') }],
  ['--names=traffic,ptr', { names: namesOf('ptr', 'dns', 'sni', 'quic') }],
  ['-r a --names sni', { ...ofFiles(['a']), names: namesOf('sni') }],
  ['-r a --names ptr', { ...ofFiles(['a']), names: namesOf('ptr') }],
  ['--names ptr --dns ::1', { names: { ...namesOf('ptr'), resolvers: ['::1'] } }],
  ['--names off --dns ::1', { names: { ...noNames, resolvers: ['::1'] } }],
  ['-n --names-for public', { names: { ...noNames, namesFor: 'public' } }],
  ['--tunnels inner', { tunnels: 'inner', input: { ...live, snapshotBytes: 256 } }],
  [
    '--engine batch --tunnels inner -s 128',
    { tunnels: 'inner', input: { ...live, engine: 'batch', snapshotBytes: 128 } },
  ],
  [
    '--engine batch -B 256 -s 96 -p -Q in',
    {
      input: {
        ...live,
        engine: 'batch',
        bufferBytes: 256 * 1024 * 1024,
        snapshotBytes: 96,
        promiscuous: false,
        direction: 'in',
      },
    },
  ],
  // What only batch can do makes it the engine.
  ['-s 128', { input: { ...live, engine: 'batch' } }],
  ['-p', { input: { ...live, engine: 'batch', promiscuous: false } }],
  ['-Q out', { input: { ...live, engine: 'batch', direction: 'out' } }],
  ['-Q inout --engine auto', {}],
  ['-i !veth*', { input: { ...live, engine: 'batch', interfaces: ['!veth*'] } }],
  ['--engine cap', { input: { ...live, engine: 'cap' } }],
  ['--exit-on-interface-loss', { input: { ...live, exitOnInterfaceLoss: true } }],
  ['--interval 500ms', { intervalMs: 500 }],
  ['--interval 1.5s', { intervalMs: 1_500 }],
  ['--interval 20', { intervalMs: 20_000 }],
  ['--interval 1m', { intervalMs: 60_000 }],
  ['--interval 24h', { intervalMs: 86_400_000 }],
  ['--rate 1 --max-flows 1', { outputs: [output('-', { ratePerSecond: 1 })], maxFlows: 1 }],
  ['--datadog-site datadoghq.eu', { ranges: { source: undefined, site: 'datadoghq.eu' } }],
  ['--datadog-ranges off', { ranges: { source: 'off', site: 'datadoghq.com' } }],
];

const refused: readonly (readonly [line: string, message: string, stdin?: StdinKind])[] = [
  ['--nope', '--nope: there is no such option; see pcap-agg --help'],
  ['-nx', '-x: there is no such option; see pcap-agg --help'],
  ['-x', '-x: there is no such option; see pcap-agg --help'],
  ['--constructor', '--constructor: there is no such option; see pcap-agg --help'],
  ['--interfcae eth0', '--interfcae: there is no such option; did you mean --interface?'],
  ['--Rate=1', '--Rate: there is no such option; did you mean --rate?'],
  ['--no-name -x', '--no-name: there is no such option; did you mean --no-names?'],
  [
    '-i lo -w a.pcap',
    '-w: there is no such option; pcap-agg keeps no packets, use tcpdump for that; records go to stdout, or --to HOST:PORT',
  ],
  ['-nn -tttt', '-t: there is no such option; each record has its time; leave it out'],
  ['--interface', '--interface: a value is missing; write --interface NAME'],
  ['-i', '-i: a value is missing; write -i NAME'],
  ['-ni -r a', '-i: a value is missing; write -i NAME'],
  ['-r a -i b', '-i and -r: a capture and files cannot be read together; leave one of them out'],
  [
    '-r a port 53',
    "'port 53': a filter works on interfaces only; let tcpdump do it: tcpdump -r a -w - FILTER | pcap-agg -r -",
  ],
  [
    '-r a.pcap.gz arp',
    "'arp': a filter works on interfaces only; let tcpdump do it: zcat a.pcap.gz | tcpdump -r - -w - FILTER | pcap-agg -r -",
  ],
  ['-r a --engine pf', '--engine pf: unknown; choose auto, cap or batch'],
  ['-interface lo', '-interface: a long option has two dashes; write --interface'],
  ['-help', '-help: a long option has two dashes; write --help'],
  [
    '--promiscuous',
    '--promiscuous: there is no such option; it is the default, which --no-promiscuous turns off; leave it out',
  ],
  ['--to h:1 --to udp://h:1', '--to udp://h:1: given twice; give it once'],
  [
    'icmp',
    "'icmp': a filter works on interfaces only; add -i NAME, or give it to the program that writes to stdin",
    'data',
  ],
  [
    '-r a -Q in',
    '--direction in: only the kernel knows which way a packet goes; leave it out, or add -i NAME',
  ],
  [
    '-Q out',
    '--direction out: only the kernel knows which way a packet goes; leave it out, or add -i NAME',
    'data',
  ],
  ['-r - -r -', '-r -: stdin can be read only once; name it once'],
  ['--engine cap --engine batch', '--engine cap and batch: given twice; give it once'],
  ['--to h:1 --to - --to h:1', '--to h:1: given twice; give it once'],
  ['--engine pf', '--engine pf: unknown; choose auto, cap or batch'],
  ['-Q up', '--direction up: unknown; choose in, out or inout'],
  ['--names ptr,,dns', '--names ptr,,dns: "": unknown; choose ptr, dns, sni, quic, traffic or off'],
  ['--names dns,\u00a0', '--names dns,\u00a0: "": unknown; choose ptr, dns, sni, quic, traffic or off'],
  ['--names tls', '--names tls: tls: unknown; choose ptr, dns, sni, quic, traffic or off'],
  ['--names ptr,trafic', '--names ptr,trafic: trafic: unknown; did you mean traffic?'],
  ['--names SNI', '--names SNI: SNI: unknown; did you mean sni?'],
  ['--names=', '--names: a value is missing; write --names ptr|dns|sni|quic|traffic|off'],
  ['--names off,dns', '--names off,dns: off stands alone; leave it out, or all others'],
  ['--names dns --names ptr', '--names dns and ptr: given twice; give it once'],
  ['-n --names dns', '--names dns and --no-names: one undoes the other; leave one of them out'],
  [
    '--names dns --dns ::1',
    '--dns ::1: it is for reverse DNS, which is not asked; add ptr to --names, or leave it out',
  ],
  [
    '--names traffic --names-for public',
    '--names-for public: it is for reverse DNS, which is not asked; add ptr to --names, or leave it out',
  ],
  [
    '-r a --names-for public',
    '--names-for public: it is for reverse DNS, which is not asked; add --names ptr,traffic, or leave it out',
  ],
  ['--names-for none', '--names-for none: unknown; choose all or public'],
  ['--owners yes', '--owners yes: unknown; choose off, on or syn'],
  ['--interval 0', '--interval 0: one window for the whole input needs an input that ends; add -r FILE'],
  ['--interval 0', '--interval 0: one window for the whole input needs an input that ends; add -r -', 'data'],
  ['--interval 20x', '--interval 20x: not a time; write it like 500ms, 20s, 1m or 1h'],
  ['--interval -5s', '--interval -5s: not a time; write it like 500ms, 20s, 1m or 1h'],
  ['--interval=', '--interval: a value is missing; write --interval TIME'],
  ['-i ', '--interface: a value is missing; write --interface NAME'],
  ['-r a -r ', '--read: a value is missing; write --read FILE'],
  ['-Z= -n', '--user: a value is missing; write --user USER|UID[:GID]'],
  ['-n=false', '--no-names: it takes no value; give it alone, or leave it out'],
  ['--seq=no', '--seq: it takes no value; give it alone, or leave it out'],
  ['--seq false', '--seq: it takes no value; give it alone, or leave it out'],
  ['--no-names=maybe', '--no-names: it takes no value; give it alone, or leave it out'],
  ['--interval 99ms', '--interval 99ms: out of range; it takes 100ms to 24h'],
  ['--interval 25h', '--interval 25h: out of range; it takes 100ms to 24h'],
  ['--interval 0.5ms', '--interval 0.5ms: not a whole number of milliseconds; it takes 100ms to 24h'],
  ['-B 0', '--buffer 0: out of range; it takes 1 to 2047'],
  ['-B 64k', '--buffer 64k: not a whole number; it takes 1 to 2047'],
  ['--engine cap -s 128', '--snapshot-length 128: --engine cap cannot do that; add --engine batch'],
  ['-s 95', '--snapshot-length 95: out of range; it takes 96 to 262144'],
  ['--rate 0', '--rate 0: out of range; it takes 1 to 1000000'],
  ['--max-flows 1e3', '--max-flows 1e3: not a whole number; it takes 1 to 16777214'],
];

describe('a command line', () => {
  for (const [line, different, stdin] of understood) {
    test(`is understood: ${line || 'nothing at all'}${stdin === 'data' ? ', with a pipe on stdin' : ''}`, async () => {
      assert.deepEqual(await configOf(line, stdin), { ...defaults, ...different });
    });
  }

  for (const [line, message, stdin] of refused) {
    test(`is refused: ${line}${stdin === 'data' ? ', with a pipe on stdin' : ''}`, async () => {
      await assert.rejects(parse(line, stdin), { name: 'UsageError', message });
    });
  }

  test('that asks for help gets it before anything else', async () => {
    for (const line of ['--help', '-h', '-i eth0 -h', '-V -D -h']) {
      assert.equal((await parse(line)).kind, 'help');
    }
  });

  test('that asks for the version or the interfaces gets no capture', async () => {
    assert.deepEqual(await parse('-V'), { kind: 'version' });
    assert.deepEqual(await parse('--version -i eth0'), { kind: 'version' });
    assert.deepEqual(await parse('-D'), { kind: 'list-interfaces', patterns: [] });
    assert.deepEqual(await parse('--list-interfaces'), { kind: 'list-interfaces', patterns: [] });
  });

  test('becomes a configuration that nothing can change', async () => {
    const changeable = (value: unknown): boolean =>
      typeof value === 'object' &&
      value !== null &&
      (!Object.isFrozen(value) || Object.values(value).some(changeable));
    for (const line of ['-r a --dns 1.1.1.1', '-i lo -i eth0 --to a:1 --to b:2', '']) {
      assert.equal(changeable(await configOf(line)), false, line);
    }
  });

  test('of any words is understood or refused in one line', async () => {
    const names = options.flatMap(({ name, short }) => [
      `--${name}`,
      ...(short === undefined ? [] : [`-${short}`]),
    ]);
    const word = fc.oneof(
      fc.constantFrom(
        ...names,
        '-',
        '--',
        '0',
        '1',
        '20s',
        'port',
        '=',
        '--no-interval',
        '--__proto__=1',
        '-ieth0',
      ),
      fc.string({ maxLength: 12 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(word, { maxLength: 6 }),
        fc.constantFrom('data', 'nothing'),
        async (words, stdin) => {
          try {
            await parseCommand(words, { environment: {}, stdin, columns });
          } catch (error) {
            assert.ok(error instanceof UsageError, String(error));
            assert.doesNotMatch(error.message, /\n/);
          }
        },
      ),
      { seed: 20_260_101, numRuns: 300 },
    );
  });
});

test('help names every option of the table, with its argument and its default, and no other', async () => {
  const command = await parse('--help');
  assert.equal(command.kind, 'help');
  const shown = [...command.text.matchAll(/^ +(?:-(\w), )?--([\w-]+)/gm)].map(([, short, name]) => ({
    short,
    name,
  }));
  assert.deepEqual(
    shown,
    groupedOptions().map(({ short, name }) => ({ short, name })),
  );
  const flowing = command.text.replaceAll(/\s+/g, ' ');
  for (const { argument, repeatable, help, default: standard } of options) {
    const text = `${argument === undefined ? '' : `${argument}: `}${help}${repeatable ? ' (repeatable)' : ''}`;
    assert.ok(flowing.includes(standard === undefined ? text : `${text} [default: ${standard}]`), text);
  }
});

/** The rows in the order in which their groups first appear. */
function groupedOptions(): OptionRow[] {
  return [...new Set(options.map(({ group }) => group))].flatMap((group) =>
    options.filter((row) => row.group === group),
  );
}

describe('a sub-command', () => {
  test('is the first word only: behind another it is a word of the filter', async () => {
    assert.deepEqual(await configOf('udp verify'), { ...defaults, input: { ...live, filter: 'udp verify' } });
  });

  test('doctor takes what a capture takes, whatever stdin is', async () => {
    for (const stdin of ['nothing', 'data'] as const) {
      const input = { ...live, interfaces: ['eth0'], filter: 'udp' };
      const config = { ...defaults, input, ...outputs(output('a:1')), names: noNames };
      assert.deepEqual(await parse('doctor -i eth0 --to a:1 -n udp', stdin), {
        kind: 'doctor',
        config,
        input,
      });
    }
    for (const [line, given] of [
      ['doctor -r a', '-r'],
      ['doctor -r a --interval 0', '--interval 0'],
      ['doctor --interval 0', '--interval 0'],
      ['doctor capture.pcap', 'capture.pcap'],
    ] as const) {
      await assert.rejects(parse(line), {
        name: 'UsageError',
        message: `doctor ${given}: doctor checks captures on interfaces only; leave ${given} out`,
      });
    }
    await assert.rejects(parse('doctor --nope'), { name: 'UsageError' });
  });

  test('verify takes one place to listen at, or none', async () => {
    assert.deepEqual(await parse('verify'), { kind: 'verify', listen: undefined });
    assert.deepEqual(await parse('verify [::1]:10518', 'data'), { kind: 'verify', listen: '[::1]:10518' });
    await assert.rejects(parse('verify a:1 b:2'), {
      name: 'UsageError',
      message: 'verify a:1 b:2: give it one HOST:PORT, or none',
    });
    await assert.rejects(parse('verify --to a:1'), {
      name: 'UsageError',
      message: 'verify --to: verify takes no options; leave it out',
    });
  });
});
