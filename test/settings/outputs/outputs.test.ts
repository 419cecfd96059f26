import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OutputConfig } from '../../../src/settings/config.js';
import { parseCommand } from '../../../src/settings/parse.js';

async function outputsOf(...args: readonly string[]): Promise<readonly OutputConfig[]> {
  const command = await parseCommand(args, { environment: {}, stdin: 'nothing', columns: 80 });
  assert.equal(command.kind, 'run');
  return command.config.outputs;
}

const mebibyte = 1024 * 1024;

describe('an output', () => {
  test('has settings of its own in its query, the options being the defaults', async () => {
    const args = ['--rate', '7', '--to', 'udp://h:10518?rate=1000&queue=16&pack=1400', '--to', 'b:2?queue=1'];
    const outputs = await outputsOf(...args, '--to', '[::1]:3', '--pack', '9');
    const ways = outputs.map(({ target, option, ratePerSecond, queueBytes, packBytes }) => {
      return { target, option, ratePerSecond, queueBytes, packBytes };
    });
    assert.deepEqual(ways, [
      {
        target: 'udp://h:10518',
        option: '--to',
        ratePerSecond: 1000,
        queueBytes: 16 * mebibyte,
        packBytes: 1400,
      },
      { target: 'b:2', option: '--to', ratePerSecond: 7, queueBytes: mebibyte, packBytes: 9 },
      { target: '[::1]:3', option: '--to', ratePerSecond: 7, queueBytes: 64 * mebibyte, packBytes: 9 },
    ]);
  });

  test('on stdout has a queue', async () => {
    const [stdout] = await outputsOf('--to=-?queue=16');
    assert.deepEqual([stdout?.target, stdout?.queueBytes], ['-', 16 * mebibyte]);
    const [unnamed] = await outputsOf('--queue', '3');
    assert.deepEqual([unnamed?.target, unnamed?.queueBytes], ['-', 3 * mebibyte]);
  });

  test('may have an empty query, and one that is encoded', async () => {
    const [first, second] = await outputsOf('--to', 'a:1?', '--to', 'b:1?ra%74e=%35');
    assert.deepEqual([first?.target, second?.ratePerSecond], ['a:1', 5]);
  });

  for (const [args, message] of [
    ['a:1?rat=1', '--to a:1?rat=1: rat: there is no such setting here; did you mean rate?'],
    [
      'a:1?size=1',
      '--to a:1?size=1: size: there is no such setting here; it takes rate, queue, pack, ttl, schema, biflow, top, group, min-bytes, min-packets',
    ],
    [
      'a:1?interval=1s',
      '--to a:1?interval=1s: interval: there is no such setting here; it takes rate, queue, pack, ttl, schema, biflow, top, group, min-bytes, min-packets',
    ],
    [
      '-?rate=1',
      '--to -?rate=1: rate: there is no such setting here; it takes queue, schema, biflow, top, group, min-bytes, min-packets',
    ],
    ['a:1?rate=0', '--to a:1?rate=0: rate=0: out of range; it takes 1 to 1000000'],
    ['a:1?queue=1m', '--to a:1?queue=1m: queue=1m: not a whole number; it takes 1 to 1024'],
    ['a:1?rate=', '--to a:1?rate=: rate: a value is missing; write rate=N'],
    ['a:1?rate', '--to a:1?rate: rate: a value is missing; write rate=N'],
    [
      'tcp://a:1?key-file=k',
      '--to tcp://a:1?key-file=k: key-file: there is no such setting here; it takes queue, spool, spool-size, framing, schema, biflow, top, group, min-bytes, min-packets',
    ],
    ['file:/a?rotate=1mb', '--to file:/a?rotate=1mb: rotate=1mb: not a size; write it like 100MB or 1GiB'],
    ['file:/a?rotate=0', '--to file:/a?rotate=0: rotate=0: never; leave it out'],
    [
      'file:/a?rotate=1h,2h',
      '--to file:/a?rotate=1h,2h: rotate=1h,2h: two sizes or two times; write one of each at most, like 100MB,1h',
    ],
    ['tcp:a:1', '--to tcp:a:1: two slashes are missing; write tcp://a:1'],
    ['otlp://a', '--to otlp://a: there is no such kind of output; write otlp+http:// or otlp+https://'],
    ['tcpx://a', '--to tcpx://a: there is no such kind of output; did you mean tcp://?'],
    [
      'kafka://a',
      '--to kafka://a: there is no such kind of output; choose udp, tcp, tls, https, file, or another one that docs/outputs.md lists',
    ],
    ['unix:', '--to unix:: a path is missing; write unix:/PATH'],
    [
      'file://a/b',
      "--to file://a/b: its path does not begin with '/'; write file:/a/b, or file:a/b for a path from this folder",
    ],
    ['a:1?rate=1&rate=2', '--to a:1?rate=1&rate=2: rate 1 and 2: given twice; give it once'],
  ] as const) {
    test(`is refused: ${args}`, async () => {
      await assert.rejects(outputsOf(`--to=${args}`), { name: 'UsageError', message });
    });
  }

  test('is refused twice, whatever its query says', async () => {
    await assert.rejects(outputsOf('--to', 'h:1?rate=1', '--to', 'udp://h:1?rate=2'), {
      message: '--to udp://h:1?rate=2: given twice; give it once',
    });
    for (const [one, other] of [
      ['tcp://h:1', 'TCP://H:1/'],
      ['file:/a/b', 'file:///a/../a/b'],
      ['http://h/a', 'http://H/a'],
    ] as const)
      await assert.rejects(outputsOf('--to', one, '--to', other), {
        message: `--to ${other}: given twice; give it once`,
      });
    assert.equal((await outputsOf('--to', 'http://h/a', '--to', 'http://h/A', '--to', 'udp:1')).length, 3);
    await assert.rejects(outputsOf('--to', '-', '--to=-?queue=2'), {
      message: '--to -?queue=2: given twice; give it once',
    });
  });
});
