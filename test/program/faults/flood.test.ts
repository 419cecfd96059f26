/** Five million flows through a pipe into the real program, which has room for 262,144 of them. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import * as captures from '../../support/captures.js';
import { frame } from '../../support/frames.js';
import { offline, programPath } from '../../support/program.js';

const floodFlows = 5_000_000;
const maxFlows = 262_144;
const heavyFlows = 100;
/** One packet of a heavy flow comes after so many of the flood; each has some before it, too. */
const heavyEvery = 1_000;
const payloadBytes = 18;

/** What the program takes without flows; and what 100,000 of --max-flows add at the most: less than with all figures, of which --help tells. */
const baseMiB = 120;
const mostMiB = baseMiB + 40 * (maxFlows / 100_000);

const recordHeadBytes = 16;
/** From a record's start: behind it the Ethernet header, and 12 bytes of IPv4's. */
const sourceAt = recordHeadBytes + 14 + 12;
const recordsInChunk = 10_000;

const flood = frame().ethernet().ipv4({ target: '192.0.2.1' }).udp().payload(payloadBytes).bytes();
const heavy = frame().ethernet().ipv4({ target: '192.0.2.1' }).tcp().payload(payloadBytes).bytes();

/** `count` records of the same frame, each with a source address of its own, from `first` on. */
function records(bytes: Uint8Array, count: number, sourceOf: (index: number) => number): Buffer {
  const one = captures.pcapRecord(bytes);
  const chunk = Buffer.alloc(count * one.length, one);
  for (let index = 0; index < count; index++)
    chunk.writeUInt32BE(sourceOf(index), index * one.length + sourceAt);
  return chunk;
}

const heavySource = (index: number): number => 0x0a00_0000 + (index % heavyFlows);

/** Writes the whole capture. Returns how many packets each heavy flow has. */
async function writeFlood(pipe: Writable): Promise<number> {
  pipe.write(captures.pcapFile({}, []));
  const heavyRounds = recordsInChunk / heavyEvery;
  let heavyPackets = heavyFlows;
  pipe.write(records(heavy, heavyFlows, heavySource));
  for (let first = 0; first < floodFlows; first += recordsInChunk) {
    pipe.write(records(flood, recordsInChunk, (index) => 0x1400_0000 + first + index));
    const again = records(heavy, heavyRounds, (index) => heavySource(heavyPackets + index));
    heavyPackets += heavyRounds;
    if (!pipe.write(again)) await once(pipe, 'drain');
  }
  pipe.end();
  return heavyPackets / heavyFlows;
}

interface Sums {
  records: number;
  count: number;
  length: number;
}

/** Records by what they are, summed; heavy flows' counts one by one. */
async function readRecords(
  output: Readable,
): Promise<{ sums: Record<string, Sums>; heavyCounts: Set<number> }> {
  const sums: Record<string, Sums> = {};
  const heavyCounts = new Set<number>();
  for await (const line of createInterface({ input: output })) {
    const { source_IP, type, count, length } = JSON.parse(line) as Sums & { source_IP: string; type: string };
    const key = `${source_IP === '*' ? 'overflow' : 'flow'} ${type}`;
    const sum = sums[key] ?? { records: 0, count: 0, length: 0 };
    sums[key] = { records: sum.records + 1, count: sum.count + count, length: sum.length + length };
    if (type === 'TCP') heavyCounts.add(count);
  }
  return { sums, heavyCounts };
}

/** Follows how much memory the process has taken at the most, in MiB. */
function watchMemory(child: ChildProcess): () => number {
  let peakKiB = 0;
  const timer = setInterval(() => {
    const peak = /VmHWM:\s+(\d+) kB/.exec(statusOf(child));
    peakKiB = Math.max(peakKiB, Number(peak?.[1] ?? 0));
  }, 20);
  return () => {
    clearInterval(timer);
    return peakKiB / 1024;
  };
}

function statusOf({ pid }: ChildProcess): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return ''; // It has ended.
  }
}

test('a flood of five million flows takes bounded memory, loses nothing, and leaves heavy flows their records', async () => {
  const child = spawn(process.execPath, [programPath, '-r', '-', '--interval', '0', ...offline]);
  const endMemory = watchMemory(child);
  let log = '';
  child.stderr.on('data', (text) => {
    log += text;
  });
  const [heavyCount, { sums, heavyCounts }, [exitCode]] = await Promise.all([
    // Where the program gives up, its exit code and its log say more than a broken pipe.
    writeFlood(child.stdin).catch(() => Number.NaN),
    readRecords(child.stdout),
    once(child, 'close'),
  ]);
  const peakMiB = endMemory();

  assert.equal(exitCode, 0, log);
  assert.match(log, /^pcap-agg: balanced$/m);
  const ofCount = (records: number, count: number): Sums => ({
    records,
    count,
    length: count * payloadBytes,
  });
  const ownRecords = maxFlows - heavyFlows;
  assert.deepEqual(sums, {
    'flow TCP': ofCount(heavyFlows, heavyFlows * heavyCount),
    'flow UDP': ofCount(ownRecords, ownRecords),
    'overflow UDP': ofCount(1, floodFlows - ownRecords),
  });
  assert.deepEqual([...heavyCounts], [heavyCount]);
  assert.ok(peakMiB > 20 && peakMiB <= mostMiB, `${peakMiB} MiB, and ${mostMiB} are allowed`);
});
