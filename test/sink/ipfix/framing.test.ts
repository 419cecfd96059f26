/** Messages: what they are headed by, when templates are told, and that numbers stay right. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type IpfixFraming, resendMessages, resendMs } from '../../../src/sink/ipfix/framing.js';
import type { RecordRun } from '../../../src/sink/record-run.js';
import { IpfixReader } from '../../support/readers/ipfix-reader.js';
import { encodedFlows, framingOf, numbers, numbersOf, runOf, setBytes } from './flows.js';

const wallMs = Date.UTC(2026, 0, 1, 12, 0, 0, 999);
const templateIds = [256, 257, 258, 259];

/** Frames a run as a datagram, and has it go out. */
function send(framing: IpfixFraming, reader: IpfixReader, run: RecordRun): void {
  const preface = framing.preface(wallMs);
  if (preface !== undefined) reader.read(Buffer.from(preface));
  reader.read(Buffer.from(framing.frame(run, wallMs)));
  framing.sent();
}

describe('by UDP', () => {
  test('the first message has the templates, and goes behind one with the name', () => {
    const framing = framingOf('udp', 9);
    const reader = new IpfixReader();
    framing.tick(0);
    send(framing, reader, runOf(encodedFlows(1, 3)));
    send(framing, reader, runOf(encodedFlows(4, 2)));
    const seen = reader.messages.map(({ domain, sequence, templates }) => [domain, sequence, templates]);
    assert.deepEqual(seen, [
      [0, 0, [260]],
      [9, 0, templateIds],
      [9, 3, []],
    ]);
    assert.deepEqual(reader.messages[0]!.options, [
      { observationDomainId: 9, observationDomainName: 'laptop.example' },
    ]);
    assert.deepEqual(numbersOf(reader), numbers(1, 5));
    assert.ok(reader.messages.every(({ exportSeconds }) => exportSeconds === Math.floor(wallMs / 1000)));
  });

  test('both are told again after a while, and after many messages', () => {
    const framing = framingOf('udp');
    const reader = new IpfixReader();
    let number = 1;
    /** Positions of messages with templates among those of so many runs. */
    const told = (runs: number, nowMs: number): readonly number[] => {
      const before = reader.messages.length;
      for (let i = 0; i < runs; i++) {
        framing.tick(nowMs);
        send(framing, reader, runOf(encodedFlows(number++, 1)));
      }
      const messages = reader.messages.slice(before).filter(({ domain }) => domain === 1);
      return messages.flatMap(({ templates }, position) => (templates.length > 0 ? [position] : []));
    };
    assert.deepEqual(told(3, 0), [0]);
    const due = [1, 3, 7, 15, 31, 63, 127, 191, 255].map((seconds) => 1_000 * seconds);
    for (const dueMs of due) {
      assert.deepEqual(told(3, dueMs - 1), [], String(dueMs));
      assert.deepEqual(told(3, dueMs), [0], String(dueMs));
    }
    assert.deepEqual(told(2 * resendMessages, 255_000), [resendMessages - 2, 2 * resendMessages - 1]);
    assert.equal(reader.messages.filter(({ options }) => options.length > 0).length, 12);
    assert.deepEqual(numbersOf(reader), numbers(1, number - 1));
  });

  test('what did not go out is framed again with its number, and with the templates', () => {
    const framing = framingOf('udp');
    const run = runOf(encodedFlows(1, 4));
    framing.tick(0);
    const first = [framing.preface(wallMs), framing.frame(run, wallMs)];
    framing.connected();
    assert.deepEqual([framing.preface(wallMs), framing.frame(run, wallMs)], first);
    const half = { ...run, records: 2, end: 2 * setBytes, packets: 3 };
    const reader = new IpfixReader();
    send(framing, reader, half);
    send(framing, reader, { ...half, first: 2, start: 2 * setBytes, end: 4 * setBytes });
    assert.deepEqual(numbersOf(reader), numbers(1, 4));
  });

  test('another socket goes on counting, and is told the templates', () => {
    const framing = framingOf('udp');
    const reader = new IpfixReader();
    send(framing, reader, runOf(encodedFlows(1, 4)));
    framing.connected();
    const other = new IpfixReader();
    send(framing, other, runOf(encodedFlows(5, 1)));
    assert.deepEqual(
      other.messages.map(({ sequence, templates }) => [sequence, templates.length]),
      [
        [1, 1],
        [4, 4],
      ],
    );
  });

  test('a message is as long as was said, or shorter, and each stretch of a template is a set', () => {
    const framing = framingOf('udp');
    const run = runOf(encodedFlows(1, 12, 4));
    for (const declares of [true, false]) {
      const most = run.end + framing.overhead.run;
      const message = framing.frame(run, wallMs);
      framing.sent();
      const stretches = 7;
      assert.equal(message.length, most - 4 * (12 - stretches), String(declares));
    }
    assert.equal(framing.overhead.run, 16);
    const reader = new IpfixReader();
    send(framingOf('udp'), reader, run);
    assert.equal(reader.messages[1]!.dataSets, 7);
  });
});

describe('by TCP', () => {
  test('all is told once, in front; another connection begins anew', () => {
    const framing = framingOf('tcp');
    for (let connection = 0; connection < 2; connection++) {
      framing.connected();
      const reader = new IpfixReader();
      for (let i = 0; i < 2 * resendMessages; i++) {
        framing.tick(i * resendMs);
        assert.equal(framing.preface(wallMs), undefined);
        reader.read(Buffer.from(framing.frame(runOf(encodedFlows(2 * i + 1, 2)), wallMs)));
      }
      const told = reader.messages.map(({ domain, templates }) => [domain, templates.length]);
      assert.deepEqual(told.slice(0, 3), [
        [0, 1],
        [1, 4],
        [1, 0],
      ]);
      assert.equal(reader.messages.filter(({ templates }) => templates.length > 0).length, 2);
      assert.deepEqual([reader.messages[0]!.sequence, reader.messages[1]!.sequence], [0, 0]);
      assert.deepEqual(numbersOf(reader), numbers(1, 4 * resendMessages));
    }
  });

  test('a long run is several messages', () => {
    const framing = framingOf('tcp');
    const reader = new IpfixReader();
    const run = runOf(encodedFlows(1, 10_000, 3));
    reader.read(Buffer.from(framing.frame(run, wallMs)));
    reader.read(Buffer.from(framing.frame(run, wallMs)));
    assert.equal(reader.messages.length, 1 + 2 * Math.ceil(run.end / 65_535));
    assert.deepEqual(numbersOf(reader), [...numbers(1, 10_000), ...numbers(1, 10_000)]);
  });
});
