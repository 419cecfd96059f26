/** An ICMP error marks the flow whose packet it quotes, and nothing else. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CaptureMeter } from '../../src/flow/capture-meter.js';
import { CaptureWindows } from '../../src/flow/capture-windows.js';
import { FlowReading } from '../../src/flow/reading.js';
import type { FlowTable } from '../../src/flow/table/flow-table.js';
import { type FigureName, figureNames } from '../../src/flow/tally.js';
import { Turns } from '../../src/flow/turns.js';
import { linkDecoder } from '../../src/packet/decode.js';
import { icmpErrors } from '../../src/packet/quoted.js';
import { keyText } from '../support/decoding.js';
import { newTable } from '../support/flows.js';
import { type FrameBuilder, frame } from '../support/frames.js';

const rawLink = 101;

/** "10.0.0.1.40000 > 10.0.0.2.443 UDP, 2 packets, port-unreachable", a line a record. */
function recordsOf(table: FlowTable): string[] {
  const reading = new FlowReading();
  return Array.from({ length: table.size }, (_, position) => {
    table.read(position, reading);
    const { packets, health } = reading.forward;
    const key = reading.rest ? 'the rest' : keyText(reading.key);
    return `${key}, ${packets}, ${icmpErrors[health.icmpError]}`;
  }).sort();
}

interface Delivered {
  readonly packet: FrameBuilder;
  /** Of two. */
  readonly meter?: 0 | 1;
  readonly second?: number;
}

/** The records of each window of 20 seconds, after two meters that share its table were given these packets. */
async function records(
  delivered: readonly Delivered[],
  maxFlows = 1_000,
  figures: ReadonlySet<FigureName> = new Set(figureNames),
): Promise<string[][]> {
  const closed: string[][] = [];
  const windows = new CaptureWindows({
    emptyTable: () => newTable(maxFlows, figures),
    windowClosed: ({ table }) => {
      table.apply();
      closed.push(recordsOf(table));
      return undefined;
    },
  });
  const turns = new Turns([true, true]);
  const meters = [0, 1].map(
    (position) =>
      new CaptureMeter({
        intervalUs: 20_000_000,
        windows,
        turns,
        position,
        interfaces: { numberOf: () => position },
      }),
  );
  for (const { packet, meter = 0, second = 0 } of delivered) {
    const receiver = meters[meter]!;
    const timestampUs = second * 1_000_000;
    receiver.from({ linkType: rawLink, interfaceName: 'any' });
    await Promise.all(meters.map((one) => enter(one, timestampUs)));
    const bytes = packet.bytes();
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    receiver.frame(linkDecoder(rawLink)!, view, 0, bytes.length, bytes.length, timestampUs);
  }
  for (const receiver of meters) receiver.end();
  await windows.close();
  return closed;
}

async function enter(meter: CaptureMeter, timestampUs: number): Promise<void> {
  while (timestampUs >= meter.windowEndUs) await meter.advance(timestampUs);
}

const request = frame().ipv4().udp().payload(9);
const error = (quoted: FrameBuilder, code = 3) =>
  frame()
    .ipv4({ source: '10.0.0.9', target: '10.0.0.1' })
    .icmp({ type: 3, code })
    .payload(quoted.bytes().subarray(0, 28));
const key = '10.0.0.1.40000 > 10.0.0.2.443 UDP';
const errorKey = '10.0.0.9 > 10.0.0.1 ICMP';

describe('an ICMP error', () => {
  test('marks a flow whose packets are still to be brought into the table', async () => {
    assert.deepEqual(await records([{ packet: request }, { packet: error(request) }]), [
      [`${key}, 1, port-unreachable`, `${errorKey}, 1, none`],
    ]);
  });

  test('marks it for good, with what the last one says', async () => {
    const packets = [
      request,
      error(request),
      request,
      error(request, 13),
      ...Array<FrameBuilder>(600).fill(request),
    ];
    assert.deepEqual(await records(packets.map((packet) => ({ packet }))), [
      [`${key}, 602, prohibited`, `${errorKey}, 2, none`],
    ]);
  });

  test('marks it wherever it was captured', async () => {
    assert.deepEqual(await records([{ packet: request }, { packet: error(request), meter: 1 }]), [
      [`${key}, 1, port-unreachable`, `${errorKey}, 1, none`],
    ]);
  });

  test('marks an echo request, as any other packet', async () => {
    const echo = frame().ipv4().icmp().payload(40);
    assert.deepEqual(await records([{ packet: echo }, { packet: error(echo, 1) }]), [
      ['10.0.0.1 > 10.0.0.2 ICMP, 1, host-unreachable', `${errorKey}, 1, none`],
    ]);
  });

  test('of IPv6 marks a flow of IPv6', async () => {
    const request6 = frame().ipv6().tcp();
    const error6 = frame()
      .ipv6({ source: '2001:db8::9', target: '2001:db8::1' })
      .icmpv6({ type: 1, code: 1 })
      .payload(request6.bytes());
    assert.deepEqual(await records([{ packet: request6 }, { packet: request }, { packet: error6 }]), [
      [
        `${key}, 1, none`,
        '2001:db8::1.40000 > 2001:db8::2.443 TCP, 1, prohibited',
        '2001:db8::9 > 2001:db8::1 IPv6-ICMP, 1, none',
      ],
    ]);
  });

  test('about a packet that was not seen changes nothing, and makes no flow', async () => {
    const others = [
      frame().ipv4().udp({ sourcePort: 40_001 }),
      frame().ipv4().udp({ targetPort: 444 }),
      frame().ipv4().tcp(),
      frame().ipv4({ source: '10.0.0.2', target: '10.0.0.1' }).udp({ sourcePort: 443, targetPort: 40_000 }),
      frame().ipv4({ protocol: 17, fragmentOffsetBytes: 800 }).payload(8),
    ];
    const packets = [request, ...others.map((other) => error(other))].map((packet) => ({ packet }));
    assert.deepEqual(await records(packets), [[`${key}, 1, none`, `${errorKey}, 5, none`]]);
    assert.deepEqual(await records([{ packet: error(request) }]), [[`${errorKey}, 1, none`]]);
  });

  test('marks nothing of an earlier window', async () => {
    const late = { packet: error(request), second: 25 };
    assert.deepEqual(await records([{ packet: request }, late]), [
      [`${key}, 1, none`],
      [`${errorKey}, 1, none`],
    ]);
  });

  test('marks nothing of the rest, where the table is full', async () => {
    const other = frame().ipv4({ source: '10.0.0.7' }).udp();
    const packets = [request, other, error(other), error(request)].map((packet) => ({ packet }));
    const full = (await records(packets, 1))[0]!;
    assert.equal(full[0], `${key}, 1, port-unreachable`);
    assert.ok(
      full.slice(1).every((line) => /^the rest, \d, none$/.test(line)),
      full.join('; '),
    );
  });

  test('is a packet like any other where nobody asks for health', async () => {
    const asked: ReadonlySet<FigureName> = new Set(['ipBytes', 'icmp']);
    assert.deepEqual(await records([{ packet: request }, { packet: error(request) }], 9, asked), [
      [`${key}, 1, none`, `${errorKey}, 1, none`],
    ]);
  });
});
