import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Config } from '../../src/settings/config.js';
import { assignments, type Environment, unknownVariables } from '../../src/settings/environment.js';
import { options } from '../../src/settings/options.js';
import { parseCommand } from '../../src/settings/parse.js';

const surroundings = { stdin: 'nothing', columns: 80 } as const;

async function configOf(environment: Environment, line = ''): Promise<Config> {
  const words = line === '' ? [] : line.split(' ');
  const command = await parseCommand(words, { ...surroundings, environment });
  assert.equal(command.kind, 'run');
  return command.config;
}

/** For every row, a variable and the words of a command line that say the same, where `beside` stands beside both. */
const twins: readonly (readonly [variable: string, value: string, line: string, beside?: string])[] = [
  ['INTERFACE', 'eth0 lo', '-i eth0 -i lo'],
  ['READ', ' a.pcap\n b.pcap ', '-r a.pcap -r b.pcap'],
  ['ENGINE', 'batch', '--engine batch'],
  ['BUFFER', '16', '-B 16'],
  ['SNAPSHOT_LENGTH', '256', '-s 256'],
  ['NO_PROMISCUOUS', '1', '-p'],
  ['DIRECTION', 'in', '-Q in'],
  ['EXIT_ON_INTERFACE_LOSS', 'true', '--exit-on-interface-loss'],
  ['TUNNELS', 'inner', '--tunnels inner'],
  ['INTERVAL', '64.1s', '--interval 64.1s'],
  ['MAX_FLOWS', '7', '--max-flows 7'],
  ['RATE', '5', '--rate 5'],
  ['QUEUE', '3', '--queue 3'],
  ['PACK', '1400', '--pack 1400'],
  ['SEQ', '1', '--seq'],
  ['SCHEMA', 'ecs', '--schema ecs'],
  ['BIFLOW', '1', '--biflow'],
  ['NO_BIFLOW', '1', '--no-biflow', '--schema ecs'],
  ['TOP', '100', '--top 100'],
  ['GROUP', 'clients', '--group clients'],
  ['MIN_BYTES', '1000', '--min-bytes 1000'],
  ['MIN_PACKETS', '10', '--min-packets 10'],
  ['TAG', 'env:prod team:net', '--tag env:prod --tag team:net'],
  ['SERVICE', 'flows', '--service flows'],
  ['NAMES', 'traffic', '--names traffic'],
  ['NO_NAMES', '1', '-n'],
  ['DNS', '1.1.1.1  [::1]:53', '--dns 1.1.1.1 --dns [::1]:53'],
  ['NAMES_FOR', 'public', '--names-for public'],
  ['OWNERS', 'syn', '--owners syn'],
  ['DATADOG_RANGES', 'off', '--datadog-ranges off'],
  ['DATADOG_SITE', 'datadoghq.eu', '--datadog-site datadoghq.eu'],
  ['USER', '1000:1000', '-Z 1000:1000'],
];

describe('an environment variable', () => {
  for (const [variable, value, line, beside = ''] of twins) {
    test(`says what an option says: ${variable}`, async () => {
      const expected = await configOf({}, `${line} ${beside}`.trim());
      assert.deepEqual(await configOf({ [`PCAP_AGG_${variable}`]: value }, beside), expected);
      assert.notDeepEqual(expected, await configOf({}, beside));
    });
  }

  test('names networks, each with its place', async () => {
    const { networks } = await configOf({ PCAP_AGG_NETWORK: 'a=10.0.0.0/8,::/0 nets.txt' });
    const option = 'PCAP_AGG_NETWORK';
    assert.deepEqual(networks, [
      { text: 'a=10.0.0.0/8,::/0', option, place: 'PCAP_AGG_NETWORK=a=10.0.0.0/8,::/0' },
      { text: 'nets.txt', option, place: 'PCAP_AGG_NETWORK=nets.txt' },
    ]);
  });

  test('names outputs, which are named by it in errors', async () => {
    const config = await configOf({ PCAP_AGG_TO: 'a:1 udp://b:2?rate=5', PCAP_AGG_RATE: '7' });
    assert.deepEqual(
      config.outputs.map(({ target, option, ratePerSecond }) => [target, option, ratePerSecond]),
      [
        ['a:1', 'PCAP_AGG_TO', 7],
        ['udp://b:2', 'PCAP_AGG_TO', 5],
      ],
    );
    assert.equal(config.tableOnTerminal, false);
  });

  test('is there for every option but those that ask for something else than a run', () => {
    const tested = [...twins.map(([variable]) => variable), 'TO', 'NETWORK'];
    const names = options.filter(({ commandLineOnly }) => !commandLineOnly).map(({ name }) => name);
    assert.deepEqual(tested.toSorted(), names.map((name) => name.toUpperCase().replaceAll('-', '_')).sort());
    assert.deepEqual(
      options.filter(({ commandLineOnly }) => commandLineOnly).map(({ name }) => name),
      ['list-interfaces', 'help', 'version'],
    );
  });

  test('gives way to the command line, a list as a whole', async () => {
    const environment = { PCAP_AGG_INTERVAL: '1m', PCAP_AGG_DNS: '1.1.1.1 2.2.2.2', PCAP_AGG_SEQ: '0' };
    assert.deepEqual(
      await configOf(environment, '--interval 2s --dns 3.3.3.3 --seq'),
      await configOf({}, '--interval 2s --dns 3.3.3.3 --seq'),
    );
  });

  test('of names gives way to the command line, and so do the settings of what is then not asked', async () => {
    const environment = { PCAP_AGG_NAMES: 'ptr,dns', PCAP_AGG_DNS: '::1', PCAP_AGG_NAMES_FOR: 'public' };
    const { names } = await configOf(environment);
    assert.deepEqual([names.from, names.chosen], [['ptr', 'dns'], true]);
    for (const [line, from] of [
      ['--names sni', ['sni']],
      ['-n', []],
    ] as const)
      assert.deepEqual((await configOf(environment, line)).names, { ...names, from });
    assert.deepEqual((await configOf({ PCAP_AGG_NAMES_FOR: 'public' }, '-r a')).names.from, [
      'dns',
      'sni',
      'quic',
    ]);
    assert.deepEqual((await configOf({ PCAP_AGG_NO_NAMES: '1' }, '--names sni')).names.from, ['sni']);
    assert.deepEqual(await configOf({ PCAP_AGG_NO_NAMES: '0' }), await configOf({}));
    assert.deepEqual(
      await configOf({ PCAP_AGG_NO_NAMES: '0', PCAP_AGG_NAMES: 'sni' }),
      await configOf({}, '--names sni'),
    );
    assert.deepEqual(await configOf({ PCAP_AGG_NAMES: 'dns sni' }), await configOf({}, '--names dns,sni'));
  });

  test('of an interface gives way to a file of the command line, and the other way round', async () => {
    assert.deepEqual(await configOf({ PCAP_AGG_INTERFACE: 'eth0' }, '-r a'), await configOf({}, '-r a'));
    assert.deepEqual(await configOf({ PCAP_AGG_READ: 'a' }, '-i eth0'), await configOf({}, '-i eth0'));
  });

  test('that is empty is not set', async () => {
    const names = options.map(({ name }) => `PCAP_AGG_${name.toUpperCase().replaceAll('-', '_')}`);
    const empty = Object.fromEntries(names.map((name, index) => [name, index % 2 === 0 ? '' : ' ']));
    assert.deepEqual(await configOf(empty), await configOf({}));
  });

  test('that cannot be read is named, with its value', async () => {
    for (const [name, value, message] of [
      ['INTERVAL', '7x', 'PCAP_AGG_INTERVAL=7x: not a time; write it like 500ms, 20s, 1m or 1h'],
      ['RATE', '0', 'PCAP_AGG_RATE=0: out of range; it takes 1 to 1000000'],
      ['NO_NAMES', 'yes', 'PCAP_AGG_NO_NAMES=yes: neither true nor false; write 1 or 0, true or false'],
      ['ENGINE', 'pf', 'PCAP_AGG_ENGINE=pf: unknown; choose auto, cap or batch'],
      [
        'NAMES',
        'ptr tls',
        'PCAP_AGG_NAMES=ptr tls: tls: unknown; choose ptr, dns, sni, quic, traffic or off',
      ],
      ['TO', 'a:1 a:1', 'PCAP_AGG_TO=a:1: given twice; give it once'],
      ['TO', 'a:1?rate=x', 'PCAP_AGG_TO=a:1?rate=x: rate=x: not a whole number; it takes 1 to 1000000'],
      [
        'INTERVAL',
        '0',
        'PCAP_AGG_INTERVAL=0: one window for the whole input needs an input that ends; add -r FILE',
      ],
    ] as const) {
      await assert.rejects(configOf({ [`PCAP_AGG_${name}`]: value }), { name: 'UsageError', message });
    }
  });

  test('that excludes another is named with it', async () => {
    const off = { PCAP_AGG_NAMES: 'dns', PCAP_AGG_NO_NAMES: '1' };
    await assert.rejects(configOf(off), {
      message: 'PCAP_AGG_NAMES=dns and PCAP_AGG_NO_NAMES=1: one undoes the other; leave one of them out',
    });
    await assert.rejects(configOf({ PCAP_AGG_NAMES: 'dns' }, '--dns ::1'), {
      message:
        '--dns ::1: it is for reverse DNS, which is not asked; add ptr to PCAP_AGG_NAMES, or leave it out',
    });
    await assert.rejects(configOf({ PCAP_AGG_NAMES: 'dns', PCAP_AGG_NAMES_FOR: 'public' }), {
      message:
        'PCAP_AGG_NAMES_FOR=public: it is for reverse DNS, which is not asked; add ptr to PCAP_AGG_NAMES, or leave it out',
    });
  });

  test('changes nothing for verify, which takes no options', async () => {
    const environment = { PCAP_AGG_INTERVAL: '7x' };
    assert.deepEqual(await parseCommand(['verify'], { ...surroundings, environment }), {
      kind: 'verify',
      listen: undefined,
    });
  });
});

test('the settings of an environment can be handed on, and nothing else of it', () => {
  const environment = { PCAP_AGG_TO: 'a:1 b:2', PCAP_AGG_OPTIONS: '-n', PCAP_AGG_SEQ: '', PATH: '/bin' };
  assert.deepEqual(assignments(environment), ['PCAP_AGG_TO=a:1 b:2']);
});

describe('a variable that is no setting', () => {
  test('is told, with the setting that was meant', () => {
    assert.deepEqual(
      unknownVariables({
        PCAP_AGG_INTERVALL: '1',
        PCAP_AGG_NONAMES: '1',
        PCAP_AGG_COLOUR: 'no',
        PATH: '/bin',
      }),
      [
        'PCAP_AGG_INTERVALL: there is no such setting, and it is ignored; did you mean PCAP_AGG_INTERVAL?',
        'PCAP_AGG_NONAMES: there is no such setting, and it is ignored; did you mean PCAP_AGG_NO_NAMES?',
        'PCAP_AGG_COLOUR: there is no such setting, and it is ignored; unset it',
      ],
    );
  });

  test('is left alone where others set it: systemd, an image, Kubernetes for a service of the same name', () => {
    const foreign = {
      PCAP_AGG_OPTIONS: '--to 127.0.0.1:10518',
      PCAP_AGG_VERSION: '0.1.0',
      PCAP_AGG_SERVICE_HOST: '10.0.0.1',
      PCAP_AGG_SERVICE_PORT: '10518',
      PCAP_AGG_SERVICE_PORT_RECORDS: '10518',
      PCAP_AGG_PORT: 'udp://10.0.0.1:10518',
      PCAP_AGG_PORT_10518_UDP: 'udp://10.0.0.1:10518',
      PCAP_AGG_PORT_10518_UDP_ADDR: '10.0.0.1',
    };
    assert.deepEqual(unknownVariables(foreign), []);
  });

  test('is no setting that exists', () => {
    const all = options
      .filter(({ commandLineOnly }) => !commandLineOnly)
      .map(({ name }) => [`PCAP_AGG_${name.toUpperCase().replaceAll('-', '_')}`, 'x']);
    assert.deepEqual(unknownVariables(Object.fromEntries(all)), []);
  });
});
