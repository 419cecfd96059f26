import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { longestWaitUs, mostFrames, mostPending } from '../../src/observe/hello-segments.js';
import { concatenate, hexadecimal, pattern, uint8 } from '../support/bytes.js';
import { countsText, unbalanced, type Watch, watch } from '../support/found-names.js';
import { type FrameBuilder, frame } from '../support/frames.js';
import { seededRandom } from '../support/random.js';
import { clientHello, helloFor, lateHelloFor, serverNames, tlsRecords } from '../support/tls-hellos.js';

const early = tlsRecords(helloFor('early.example'));
const late = tlsRecords(lateHelloFor('late.example'));
const segmentBytes = 1_000;
const first = late.subarray(0, segmentBytes);
const second = late.subarray(segmentBytes);
const asked = '10.0.0.1.40000 > 10.0.0.2.443 asked for late.example';

interface SegmentOptions {
  /** Where it begins in the stream. */
  readonly at?: number;
  readonly client?: number;
  readonly targetPort?: number;
  readonly flags?: number;
  readonly network?: FrameBuilder;
  readonly options?: Uint8Array;
}

const push = 0x18;
/** The stream's sequence numbers go round within the hello. */
const firstSequence = 0xffff_fe00;

function segment(payload: Uint8Array, given: SegmentOptions = {}): Uint8Array {
  const {
    at = 0,
    client = 40_000,
    flags = push,
    targetPort = 443,
    options = hexadecimal('0101080a 00000001 00000002'),
  } = given;
  return (given.network ?? frame().ethernet().ipv4())
    .tcp({ sourcePort: client, targetPort, flags, sequence: (firstSequence + at) >>> 0, options })
    .payload(payload)
    .bytes();
}

/** Shows frames one after the other; returns all that was found, and the counts. */
function showAll(frames: readonly Uint8Array[], target: Watch = watch()): readonly [string[], string] {
  const found = frames.flatMap((bytes) => target.show(bytes));
  assert.equal(unbalanced(target.observer.counts), 0);
  return [found, countsText(target.observer.counts)];
}

describe('a hello in one segment', () => {
  test('tells its name, on any port', () => {
    assert.deepEqual(showAll([segment(early), segment(late, { targetPort: 993 })]), [
      [
        '10.0.0.1.40000 > 10.0.0.2.443 asked for early.example',
        '10.0.0.1.40000 > 10.0.0.2.993 asked for late.example',
      ],
      'seen 2, parsed 2',
    ]);
  });

  test('says where it asks for none, or for one that is not shown', () => {
    const none = '10.0.0.1.40000 > 10.0.0.2.443 asked for none';
    assert.deepEqual(showAll([segment(tlsRecords(clientHello({})))]), [[none], 'seen 1, without-name 1']);
    assert.deepEqual(showAll([segment(tlsRecords(helloFor('<b>')))]), [[none], 'seen 1, unfit-name 1']);
  });

  test('may be spread over records', () => {
    for (const mostBytes of [1, 7, 100, 1_300]) {
      const records = tlsRecords(lateHelloFor('late.example'), mostBytes);
      assert.deepEqual(showAll([segment(records)]), [[asked], 'seen 1, parsed 1'], `${mostBytes}`);
    }
  });

  test('is none where other records are among its own', () => {
    const [whole, part] = [lateHelloFor('late.example'), 700];
    for (const between of ['15 0303 0002 0100', '16 0303 0000', '16 0203 0001 00', '17 0303 0001 00']) {
      const records = concatenate(
        tlsRecords(whole.subarray(0, part)),
        hexadecimal(between),
        tlsRecords(whole.subarray(part)),
      );
      assert.deepEqual(showAll([segment(records)]), [[], 'seen 1, malformed 1'], between);
    }
  });

  test('tells its name where that was captured, and is cut where not', () => {
    const { show, observer } = watch();
    const bytes = segment(late);
    const nameEnd = Buffer.from(bytes).indexOf('late.example') + 'late.example'.length;
    for (let capturedBytes = bytes.length - late.length + 1; capturedBytes <= bytes.length; capturedBytes++) {
      const found = show(bytes, { capturedBytes });
      assert.deepEqual(found, capturedBytes < nameEnd ? [] : [asked], `${capturedBytes} bytes`);
    }
    const parsed = 1 + bytes.length - nameEnd;
    assert.equal(
      countsText(observer.counts),
      `seen ${late.length}, parsed ${parsed}, cut ${late.length - parsed}`,
    );
  });

  test('is not seen in what is none', () => {
    const others = [
      hexadecimal('16 0303 0040 02'), // a ServerHello
      hexadecimal('16 0203 0040 01'),
      hexadecimal('16 0303 0040 01 01'), // 64 KiB
      hexadecimal('16 0303 0005 01 000001 09'), // not of TLS
      hexadecimal('17 0303 0040 01'),
      pattern(300),
    ];
    assert.deepEqual(showAll(others.map((payload) => segment(payload))), [[], '']);
    // Padding of a short frame.
    const short = concatenate(segment(uint8(), { options: uint8() }), early);
    assert.deepEqual(showAll([short]), [[], '']);
  });
});

describe('a hello in two segments', () => {
  test('tells its name with the second', () => {
    const target = watch();
    assert.deepEqual(showAll([segment(first)], target), [[], 'seen 1, waiting 1']);
    assert.deepEqual(showAll([segment(second, { at: segmentBytes })], target), [[asked], 'seen 2, parsed 2']);
  });

  test('tells it wherever it is cut', () => {
    for (let at = 1; at < late.length; at += at < 80 || at > 1_300 ? 1 : 97) {
      const nameEnd = Buffer.from(late).indexOf('late.example') + 'late.example'.length;
      const expected = at < nameEnd ? 'seen 2, parsed 2' : 'seen 1, parsed 1';
      const frames = [segment(late.subarray(0, at), { flags: 16 }), segment(late.subarray(at), { at })];
      assert.deepEqual(showAll(frames), [[asked], expected], `at ${at}`);
    }
  });

  test('tells it over IPv6, with extension headers, and without options of TCP', () => {
    const network = frame().ethernet().ipv6().extension(0).extension(60);
    const given = { network, options: uint8() };
    assert.deepEqual(showAll([segment(first, given), segment(second, { at: segmentBytes, ...given })]), [
      ['2001:db8::1.40000 > 2001:db8::2.443 asked for late.example'],
      'seen 2, parsed 2',
    ]);
  });

  test('tells it where the first is data of a SYN', () => {
    const opened = segment(first, { flags: push | 2 });
    assert.deepEqual(showAll([opened, segment(second, { at: segmentBytes + 1 })]), [
      [asked],
      'seen 2, parsed 2',
    ]);
  });

  test('tells it where the second comes before the first', () => {
    const swapped = (given: SegmentOptions = {}) => [
      segment(second, { at: segmentBytes, ...given }),
      segment(first, given),
    ];
    assert.deepEqual(showAll(swapped()), [[asked], 'seen 2, parsed 2']);
    // What does not look like it is not kept.
    assert.deepEqual(showAll(swapped({ flags: 16 })), [[], 'seen 1, waiting 1']);
    assert.deepEqual(showAll(swapped({ targetPort: 993 })), [[], 'seen 1, waiting 1']);
    const otherClient = [segment(second, { at: segmentBytes, client: 40_001 }), segment(first)];
    assert.deepEqual(showAll(otherClient), [[], 'seen 1, waiting 1']);
    const others = Array.from({ length: 8 }, (_, at) => segment(pattern(100), { client: 50_000 + at }));
    const [swappedSecond, swappedFirst] = swapped();
    assert.deepEqual(showAll([swappedSecond!, ...others, swappedFirst!]), [[], 'seen 1, waiting 1']);
  });

  test('tells it where segments are sent again, or overlap', () => {
    const retransmitted = [first, first, second].map((payload, index) =>
      segment(payload, { at: index === 2 ? segmentBytes : 0 }),
    );
    assert.deepEqual(showAll(retransmitted), [[asked], 'seen 3, parsed 3']);
    const overlapping = [segment(first), segment(late.subarray(500), { at: 500 })];
    assert.deepEqual(showAll(overlapping), [[asked], 'seen 2, parsed 2']);
    const wholeAgain = [segment(first), segment(late)];
    assert.deepEqual(showAll(wholeAgain), [[asked], 'seen 2, parsed 2']);
  });

  test('takes nothing of others, nor of the way back', () => {
    const reply = frame()
      .ethernet()
      .ipv4({ source: '10.0.0.2', target: '10.0.0.1' })
      .tcp({ sourcePort: 443, targetPort: 40_000, flags: push, sequence: firstSequence + segmentBytes })
      .payload(second)
      .bytes();
    const others = [
      segment(second, { at: segmentBytes, client: 40_001 }),
      segment(second, { at: segmentBytes, targetPort: 444 }),
      segment(second, { at: segmentBytes, network: frame().ethernet().ipv4({ source: '10.0.0.3' }) }),
      segment(second, { at: segmentBytes - 1_001 }),
      segment(second, { at: 9_000 }),
      reply,
    ];
    const target = watch();
    assert.deepEqual(showAll([segment(first), ...others], target), [[], 'seen 1, waiting 1']);
    assert.deepEqual(showAll([segment(second, { at: segmentBytes })], target), [[asked], 'seen 2, parsed 2']);
  });

  test('is cut where one of them is', () => {
    const target = watch();
    const bytes = segment(second, { at: segmentBytes });
    target.show(segment(first));
    assert.deepEqual(target.show(bytes, { capturedBytes: 128 }), []);
    assert.equal(countsText(target.observer.counts), 'seen 2, cut 2');
  });
});

describe('hellos that wait', () => {
  test('do so for two seconds of packet time', () => {
    const target = watch();
    const show = (bytes: Uint8Array, timestampUs: number) => target.show(bytes, { timestampUs });
    const startUs = 1_473_377_300_000_000;
    show(segment(first), startUs);
    assert.deepEqual(show(segment(second, { at: segmentBytes }), startUs + longestWaitUs), [asked]);
    show(segment(first), startUs);
    assert.deepEqual(show(segment(second, { at: segmentBytes }), startUs + longestWaitUs + 1), []);
    assert.equal(countsText(target.observer.counts), 'seen 3, parsed 2, incomplete 1');
    show(segment(first), startUs);
    // A clock that was set back.
    show(segment(early), startUs - longestWaitUs - 1);
    assert.equal(countsText(target.observer.counts), 'seen 5, parsed 3, incomplete 2');
  });

  test('make room for another connection of the same ends', () => {
    const target = watch();
    showAll([segment(first), segment(first, { at: 0x4000_0000 })], target);
    assert.deepEqual(showAll([segment(second, { at: 0x4000_0000 + segmentBytes })], target), [
      [asked],
      'seen 3, parsed 2, incomplete 1',
    ]);
  });

  test('are 256 at most; the oldest goes', () => {
    const target = watch();
    const client = (number: number): SegmentOptions => ({ client: 10_000 + number });
    const opened = Array.from({ length: mostPending + 3 }, (_, number) => segment(first, client(number)));
    assert.deepEqual(showAll(opened, target), [
      [],
      `seen ${mostPending + 3}, too-many 3, waiting ${mostPending}`,
    ]);
    const rest = (number: number) => segment(second, { at: segmentBytes, ...client(number) });
    assert.deepEqual(showAll([rest(0), rest(1), rest(2)], target)[0], []);
    const last = mostPending + 2;
    assert.deepEqual(showAll([rest(3), rest(last)], target), [
      [3, last].map((number) => asked.replace('40000', String(10_000 + number))),
      `seen ${mostPending + 5}, parsed 4, too-many 3, waiting ${mostPending - 2}`,
    ]);
  });

  test('have 8 KiB at most', () => {
    const padding = Array.from({ length: 12 }, () => pattern(800));
    const long = tlsRecords(
      clientHello({
        before: [
          ...padding.map((data) => concatenate(hexadecimal('0015 0320'), data)),
          serverNames([0, 'far.example']),
        ],
      }),
    );
    assert.deepEqual(showAll([segment(long)]), [
      ['10.0.0.1.40000 > 10.0.0.2.443 asked for far.example'],
      'seen 1, parsed 1',
    ]);
    const pieces = Array.from({ length: 10 }, (_, index) =>
      segment(long.subarray(1_000 * index, 1_000 * (index + 1)), { at: 1_000 * index }),
    );
    assert.deepEqual(showAll(pieces), [[], 'seen 9, too-many 9']);
    const inRecords = tlsRecords(long.subarray(5), 1_000);
    assert.deepEqual(showAll([segment(inRecords)]), [[], 'seen 1, too-many 1']);
  });
});

describe('a hello of which the same is sent again and again', () => {
  const again = (times: number) => [
    segment(first),
    ...Array.from({ length: times }, () => segment(first.subarray(0, 1))),
    segment(second, { at: segmentBytes }),
  ];

  test('tells its name where that comes with its thirty-second frame', () => {
    assert.deepEqual(showAll(again(mostFrames - 2)), [[asked], `seen ${mostFrames}, parsed ${mostFrames}`]);
  });

  test('is given up with that frame', () => {
    assert.deepEqual(showAll(again(mostFrames - 1)), [[], `seen ${mostFrames}, too-many ${mostFrames}`]);
  });
});

describe('segments in any order and number', () => {
  test('never tell another name than was asked for, and all are counted', () => {
    const random = seededRandom(793);
    const target = watch();
    const names = Array.from({ length: 40 }, (_, number) => `host-${number}.example`);
    const hellos = names.map((name, number) =>
      tlsRecords(number % 2 === 0 ? lateHelloFor(name) : helloFor(name), number % 3 === 0 ? 300 : 16_384),
    );
    let told = 0;
    for (let round = 0; round < 20_000; round++) {
      const number = random() % names.length;
      const hello = hellos[number]!;
      const at = random() % 3 === 0 ? 0 : random() % hello.length;
      const payload = hello.slice(at, at + 1 + (random() % 1_460));
      const bytes = segment(payload, { at, client: 20_000 + number });
      const capturedBytes = random() % 8 === 0 ? bytes.length - (random() % payload.length) : bytes.length;
      const found = target.show(bytes, { capturedBytes, timestampUs: round * (random() % 2_000) });
      told += found.length;
      for (const line of found)
        assert.equal(line, `10.0.0.1.${20_000 + number} > 10.0.0.2.443 asked for ${names[number]}`);
      assert.equal(unbalanced(target.observer.counts), 0);
    }
    assert.ok(told > 1_000, `only ${told} names were told`);
    assert.ok(target.observer.counts.parsed > told, 'no name was in several segments');
  });
});
