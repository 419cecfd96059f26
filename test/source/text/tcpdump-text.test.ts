import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { mostLineBytes, tcpdumpText } from '../../../src/source/text/tcpdump-text.js';
import { fixtureNames, fixturesFolder } from '../../support/fixtures.js';
import { memoryInput } from '../../support/memory-input.js';
import { arrivalUs, readText, TextRecorder } from '../../support/text-recorder.js';

const texts = fixtureNames
  .filter((name) => name.startsWith('text-'))
  .map((name) => ({ name, bytes: readFileSync(join(fixturesFolder, name)) }));
const allTexts = Buffer.concat(texts.map(({ bytes }) => Buffer.concat([bytes, Buffer.from('\n')])));

const line = (second: number, rest = 'IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 1, seq 1, length 64') =>
  `14733773${String(second).padStart(2, '0')}.000000 ${rest}\n`;
const delivery = (second: number) =>
  `14733773${String(second).padStart(2, '0')}000000 10.0.0.1 > 10.0.0.2 ICMP 64`;

describe('tcpdump text', () => {
  it('is read in any pieces alike', async () => {
    const { deliveries } = await readText(memoryInput(allTexts));
    assert.ok(deliveries.length > 60);
    const pieces = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 9_000 })), {
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(pieces, fc.boolean(), async (readBytes, late) => {
        const pieced = await readText(memoryInput(allTexts, { readBytes, late }));
        assert.deepEqual(pieced.deliveries, deliveries);
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  it('is read in chunks where it is long', async () => {
    const lines = Array.from({ length: 10_000 }, (_, index) => line(index % 60));
    const { deliveries } = await readText(memoryInput(Buffer.from(lines.join(''))));
    assert.deepEqual(
      deliveries,
      lines.map((_, index) => delivery(index % 60)),
    );
  });

  it('opens windows on its own time, and waits for each', async () => {
    const order: string[] = [];
    const recorder = new TextRecorder(20_000_000, async () => {
      await eventLoopTurn();
      recorder.deliveries.push('opened');
    });
    order.push(
      ...(
        await readText(memoryInput(Buffer.from([0, 19, 20, 19, 59].map((at) => line(at)).join(''))), recorder)
      ).deliveries,
    );
    assert.deepEqual(order, [
      ...['window', 'opened', delivery(0), delivery(19)],
      ...['window', 'opened', delivery(20)],
      ...['window', 'opened', delivery(19)],
      ...['window', 'opened', delivery(59)],
    ]);
  });

  it('is dated by when it came where it has no dates', async () => {
    const { deliveries } = await readText(
      memoryInput(Buffer.from('12:00:00.000000 IP 10.0.0.1.1 > 10.0.0.2.2: tcp 3\n')),
    );
    assert.deepEqual(deliveries, [`${arrivalUs} 10.0.0.1.1 > 10.0.0.2.2 TCP 3`]);
  });

  it('may end without a line feed where the last line states its length', async () => {
    const whole = line(1).trimEnd();
    assert.deepEqual((await readText(memoryInput(Buffer.from(line(0) + whole)))).deliveries, [
      delivery(0),
      delivery(1),
    ]);
    assert.deepEqual((await readText(memoryInput(Buffer.from(line(0) + whole.slice(0, -4))))).deliveries, [
      delivery(0),
      'text-line-not-understood',
    ]);
    assert.deepEqual((await readText(memoryInput(Buffer.from(`${line(0)}\t0x0000:  45`)))).deliveries, [
      delivery(0),
    ]);
  });

  it('counts a line without an end once, and reads what follows it', async () => {
    for (const longBytes of [mostLineBytes + 1, 300_000, 1_000_000]) {
      const text = line(0) + line(1, `IP 10.0.0.1.1 > 10.0.0.2.53: 1+ A? ${'a'.repeat(longBytes)}`) + line(2);
      const { deliveries } = await readText(memoryInput(Buffer.from(text), { readBytes: [65_536] }));
      assert.deepEqual(deliveries, [delivery(0), 'text-line-not-understood', delivery(2)], `${longBytes}`);
    }
    const unended = await readText(memoryInput(Buffer.from(line(0) + 'a'.repeat(1_000_000))));
    assert.deepEqual(unended.deliveries, [delivery(0), 'text-line-not-understood']);
  });

  it('reads a line of any length up to that', async () => {
    const name = 'a'.repeat(mostLineBytes - 100);
    const { deliveries } = await readText(
      memoryInput(Buffer.from(line(1, `IP 10.0.0.1.1 > 10.0.0.2.53: 1+ A? ${name}. (29)`))),
    );
    assert.deepEqual(deliveries, ['1473377301000000 10.0.0.1.1 > 10.0.0.2.53 UDP 29']);
  });

  it('warns once of what it does not understand, and at the end of what states no length', async () => {
    const names = line(1, 'IP 10.0.0.1.ssh > 10.0.0.2.40000: tcp 0');
    const igmp = line(2, 'IP 10.0.0.1 > 224.0.0.1: igmp query v2');
    const { warnings } = await readText(
      memoryInput(Buffer.from(line(0) + names + names + igmp), { name: 'x.txt' }),
    );
    assert.deepEqual(warnings, [
      'x.txt: line 2 is not understood, and others like it are only counted; ' +
        'tcpdump must print numbers (-nn) and see whole headers (no small -s)',
      'x.txt: 1 packet was printed without a length and counted with length 0; ' +
        'tcpdump -q or -v states more of them, and reading packets instead of text (-i, or -r with what -w wrote) all',
    ]);
  });

  it('lets timers have their turn while an input never pauses', async () => {
    const bytes = Buffer.from(line(0).repeat(900));
    const endless = {
      name: 'endless',
      read: (into: Uint8Array) => {
        const piece = bytes.subarray(0, into.length);
        into.set(piece);
        return piece.length;
      },
      close() {},
    };
    let fired = false;
    setTimeout(() => {
      fired = true;
    }, 20);
    const recorder = new TextRecorder();
    recorder.packet = () => {};
    await readText(endless, recorder, () => fired);
  });

  it('survives any damage, line by line', async () => {
    const lines = allTexts.toString('latin1').split('\n');
    const damage = fc.record({
      line: fc.constantFrom(...lines),
      cut: fc.nat(200),
      insert: fc.oneof(
        fc.constantFrom(
          ' > ',
          ': ',
          '.',
          ' ',
          '(',
          '[',
          '::',
          ', length ',
          '    ',
          '\t',
          '99999999999',
          'IP ',
        ),
        fc.string({ maxLength: 5 }),
      ),
      drop: fc.nat(8),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { maxLength: 30 }), async (damages) => {
        const text = damages.map(
          ({ line, cut, insert, drop }) => line.slice(0, cut) + insert + line.slice(cut + drop),
        );
        const bytes = Buffer.from(text.join('\n'), 'latin1');
        const { deliveries } = await readText(memoryInput(bytes));
        // Each line is one packet at the most; one that goes on in the next line is told when that has come.
        assert.ok(deliveries.length <= bytes.toString('latin1').split('\n').length);
        for (const text of deliveries) assert.doesNotMatch(text, /NaN|undefined|Infinity| -\d/);
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });

  it('survives random bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 4_000 }), async (bytes) => {
        await readText(memoryInput(bytes));
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

describe('tcpdump text is recognised', () => {
  const format = tcpdumpText(() => arrivalUs);
  const recognises = (text: string | Uint8Array) =>
    format.recognises(Buffer.from(text).subarray(0, format.headBytes));

  for (const { name, bytes } of texts) it(`in ${name}`, () => assert.ok(recognises(bytes)));

  for (const start of [
    '2016-09-08 23:28:29.073292 IP 10',
    '1473377309.073292 IP 10.0.0.1.22',
    '23:28:29.073292 IP6 fe80::1 > ',
    ' 00:00:00.000000 IP 10.0.0.1.22',
    '-00:00:00.000100 ARP, Request wh',
    '23:28:29.073292999 IP 10.0.0.1.2',
    '    1  2016-09-08 23:28:29.073292 ',
    '[Error converting time] IP 10.0.',
    '[Invalid header: len==0] (invalid',
    'IP 10.0.0.1.22 > 10.0.0.2.40000:',
    'IP6 fe80::1.5353 > ff02::fb.5353',
    'ARP, Request who-has 10.0.0.2 te',
    '02:00:00:00:00:01 > 02:00:00:00:',
    'enp0s31f6 Out IP 10.0.0.1.22 > 1',
    'lo    In  ifindex 1 00:00:00:00:',
    'reading from file x.pcap, link-t',
    'tcpdump: listening on eth0, link',
    'listening on any, link-type LINU',
    'dropped privs to tcpdump\n12:00:00',
  ]) {
    it(`by "${start.trim()}"`, () => assert.ok(recognises(start)));
  }

  for (const start of [
    '',
    '\n',
    '{"source_IP":"10.0.0.1"',
    'hello world',
    '10.0.0.1',
    'In the beginning',
    '\xd4\xc3\xb2\xa1',
  ]) {
    it(`not by "${start.trim()}"`, () => assert.ok(!recognises(start)));
  }
});
