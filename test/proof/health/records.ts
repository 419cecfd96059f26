/** Records of a scene: their sums against its segments, and the link's labels against what the kernels of both ends counted. */
import { OFFLOADED, UNSPLIT } from '../../../src/flow/health/flow-health.js';
import { AGAIN, COPY, type Label } from '../../support/link/labels.js';
import type { SentAgain } from '../../support/link/talks.js';
import { port, type Seen, type Side } from './scene.js';
import type { Kind, Segment } from './segments.js';

const finSynRst = 7;
const synRst = 6;
/** What a count of eight bits can hold. */
const most8 = 255;
const mostShown = 8;

/** Of each connection, what its record says of both directions must be what its segments, one by one, add up to. */
export function wrongRecords(side: Side, segments: readonly Segment[]): readonly string[] {
  const records = new Map(side.records.map((record) => [record.client_port, record]));
  const wrong: string[] = [];
  for (const [key, own] of byConnection(segments)) {
    const [client, sender] = key.split(' ') as [string, 'client' | 'server'];
    const record = records.get(Number(client));
    for (const [name, value] of Object.entries(sumsOf(sender, own)))
      if (record?.[name] !== value)
        wrong.push(`${side.name}, port ${client}: ${name} is ${record?.[name]}, by its segments ${value}`);
  }
  return wrong.slice(0, mostShown);
}

function byConnection(segments: readonly Segment[]): ReadonlyMap<string, readonly Segment[]> {
  const all = new Map<string, Segment[]>();
  for (const segment of segments) {
    const isClient = segment.targetPort === port;
    const key = isClient ? `${segment.sourcePort} client` : `${segment.targetPort} server`;
    const own = all.get(key) ?? [];
    all.set(key, own);
    own.push(segment);
  }
  return all;
}

function sumsOf(
  sender: 'client' | 'server',
  segments: readonly Segment[],
): Readonly<Record<string, number | undefined>> {
  const marks = segments.at(-1)!.marks;
  const isUnsplit = (marks & UNSPLIT) !== 0;
  const isOffloaded = (marks & OFFLOADED) !== 0;
  const isOf = (...kinds: readonly Kind[]) => segments.filter(({ kind }) => kinds.includes(kind));
  const split = (kind: Kind) => (isUnsplit || isOffloaded ? undefined : isOf(kind).length);
  const again = isOf('again', 'retransmitted');
  const flagged = (flag: number) => segments.filter(({ flags }) => (flags & flag) !== 0).length;
  const bytes = (of: readonly Segment[]) => of.reduce((sum, { payloadBytes }) => sum + payloadBytes, 0);
  const windows = segments.filter(({ window, flags }) => window === 0 && (flags & finSynRst) === 0).length;
  return {
    [`${sender}_retransmitted_packets`]: split('retransmitted'),
    [`${sender}_out_of_order_packets`]: split('late'),
    [`${sender}_doubled_packets`]: split('doubled'),
    [`${sender}_retransmitted_payload_bytes`]: isUnsplit ? undefined : bytes(isOf('retransmitted')),
    [`${sender}_retransmitted_or_reordered_packets`]: isUnsplit && !isOffloaded ? again.length : undefined,
    [`${sender}_retransmitted_or_reordered_payload_bytes`]: isUnsplit ? bytes(again) : undefined,
    [`${sender}_zero_windows`]: Math.min(windows, most8),
    [`${sender}_syn_packets`]: flagged(2),
    [`${sender}_fin_packets`]: segments.filter(({ flags }) => (flags & 1) !== 0 && (flags & synRst) === 0)
      .length,
    [`${sender}_rst_packets`]: flagged(4),
  };
}

/** Of each connection, retransmissions that the link saw come in against those that the kernel that sent them counted. */
export function wrongKernels({ labels, made, taken, isOffloading }: Seen): readonly string[] {
  const ends: readonly (readonly [number, ReadonlyMap<number, SentAgain>])[] = [
    [0, made],
    [1, taken],
  ];
  return ends.flatMap(([direction, kernel]) => {
    const seen = sentAgain(labels, direction);
    return [...kernel].flatMap(([client, { segments, payloadBytes }]) => {
      const own = seen.get(client) ?? { segments: 0, payloadBytes: 0 };
      // Under offloading the link sees several segments as one.
      const isSame = isOffloading || own.segments === segments;
      if (isSame && own.payloadBytes === payloadBytes) return [];
      const words = `${segments} segments, ${payloadBytes} bytes`;
      return [
        `port ${client}, direction ${direction}: the kernel sent ${words} again, the link saw ${own.segments}, ${own.payloadBytes}`,
      ];
    });
  });
}

function sentAgain(labels: readonly Label[], direction: number): ReadonlyMap<number, SentAgain> {
  const all = new Map<number, SentAgain>();
  for (const label of labels) {
    if (label.direction !== direction || (label.marks & (AGAIN | COPY)) !== AGAIN) continue;
    const client = direction === 0 ? label.sourcePort : label.targetPort;
    const { segments, payloadBytes } = all.get(client) ?? { segments: 0, payloadBytes: 0 };
    all.set(client, { segments: segments + 1, payloadBytes: payloadBytes + label.payloadBytes });
  }
  return all;
}
