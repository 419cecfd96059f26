import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { epilogue, subcommandHelp, usage } from '../../src/settings/help.js';
import { options } from '../../src/settings/options.js';
import { parseCommand } from '../../src/settings/parse.js';

const narrowest = 80;

async function helpOf(...args: readonly string[]): Promise<string> {
  const command = await parseCommand(args, { environment: {}, stdin: 'nothing', columns: narrowest });
  assert.equal(command.kind, 'help');
  return command.text;
}

describe('help', () => {
  test('has what it is for in front of the options, and signals and exit codes behind them', async () => {
    const text = await helpOf('--help');
    assert.equal(text.slice(0, usage.length), usage);
    assert.equal(text.slice(-epilogue.length), epilogue);
  });

  for (const name of ['doctor', 'verify'] as const) {
    test(`of ${name} is its own, whatever else is given`, async () => {
      for (const args of [['--help'], ['-h'], ['-i', 'eth0', '-h', 'udp']]) {
        assert.equal(await helpOf(name, ...args), subcommandHelp[name]);
      }
      assert.match(subcommandHelp[name], new RegExp(`^Usage: pcap-agg ${name} `));
      assert.match(subcommandHelp[name], /^Exit codes: 0 /m);
    });
  }

  test('of each fits a terminal', async () => {
    for (const args of [['--help'], ['doctor', '--help'], ['verify', '--help']]) {
      assert.doesNotMatch(await helpOf(...args), new RegExp(`^.{${narrowest + 1}}`, 'm'));
    }
  });

  test('of doctor names options that there are', () => {
    const known = options.flatMap(({ name, short }) => [`--${name}`, `-${short}`]);
    const named = subcommandHelp.doctor.match(/(?<=\s)--?[\w-]+/g) ?? [];
    assert.ok(named.length > 10);
    assert.deepEqual(
      named.filter((option) => !known.includes(option)),
      [],
    );
  });
});
