/**
 * TLS hellos as TCP carries them. Most are in one segment; those with post-quantum keys are in two, unless they are captured
 * before the network card cuts them. What waits for its rest is bounded in number, time and length.
 *
 * A second segment that comes before the first is kept where it looks like one: to a port of TLS, not long, pushed, and not
 * the beginning of a record.
 */
import type { Packet } from '../packet/packet.js';
import type { ObserverCounts } from './counts.js';
import type { Findings, Refusal } from './findings.js';
import { PendingHello } from './pending-hello.js';
import { connectionHash, sequenceNumber } from './tcp-connection.js';
import type { Hello } from './tls-hello.js';
import { handshakeRecord, longestHelloBytes, mayBeginHello, readHelloRecords } from './tls-records.js';

/** Hellos that wait at a time. The oldest goes where there are more. */
export const mostPending = 256;
/** How long one waits, in time of packets. */
export const longestWaitUs = 2_000_000;
/** Frames of one, retransmissions counted: each that brings something new has all of it read again. */
export const mostFrames = 32;
/** Second segments that are kept at a time: they come right before the first. */
const mostEarly = 8;
const longestEarlyBytes = 2_048;

/** Hellos wait in these by their hash, so that most segments of others are told at a glance. */
const bucketMask = 1_023;

/** Ports 443, 853 and 8443 as the target's in Packet.ports, shifted down to it. */
const httpsPort = 0xbb01;
const dnsOverTlsPort = 0x5503;
const otherHttpsPort = 0xfb20;
export const pushFlag = 0x08;
/** TLS records have types from 20 on. */
const firstRecordType = 20;
const recordTypes = 4;

export interface HelloOptions {
  readonly findings: Findings;
  readonly counts: ObserverCounts;
}

export class HelloSegments {
  /** Whether any hello waits for its rest. */
  areWaiting = false;
  readonly #findings: Findings;
  readonly #counts: ObserverCounts;
  /** By their hash, the oldest first. */
  readonly #pending = new Map<number, PendingHello>();
  /** How many are in each. */
  readonly #buckets = new Uint16Array(bucketMask + 1);
  /** Those that wait no more, for their memory. */
  readonly #spare: PendingHello[] = [];
  readonly #early: PendingHello[] = [];
  #nextEarly = 0;

  constructor({ findings, counts }: HelloOptions) {
    this.#findings = findings;
    this.#counts = counts;
  }

  /** Whether `look` has something to do with a segment whose payload begins with this byte. It has not with most. */
  wants(firstByte: number, packet: Packet): boolean {
    if (firstByte === handshakeRecord) return true;
    if (this.areWaiting && this.#buckets[connectionHash(packet) & bucketMask] !== 0) return true;
    return isLikeSecond(firstByte, packet);
  }

  /**
   * To be called with each segment that it wants: its payload is `view`'s bytes from `start` to `end`, of which there is one
   * at least; `isCut` where more of it was not captured. Never throws.
   */
  look(
    view: DataView,
    start: number,
    end: number,
    isCut: boolean,
    packet: Packet,
    timestampUs: number,
  ): void {
    this.#giveUpOld(timestampUs);
    if (this.#join(view, start, end, isCut, packet)) return;
    if (mayBeginHello(view, start, end)) this.#begin(view, start, end, isCut, packet, timestampUs);
    else if (!isCut && isLikeSecond(view.getUint8(start), packet))
      this.#keepEarly(view, start, end, packet, timestampUs);
  }

  #begin(
    view: DataView,
    start: number,
    end: number,
    isCut: boolean,
    packet: Packet,
    timestampUs: number,
  ): void {
    this.#counts.seen++;
    const hello = readHelloRecords(view, start, end);
    if (hello.kind !== 'more' || isCut || end - start >= longestHelloBytes) {
      this.#settle(hello, 1, isCut, packet);
      return;
    }
    const pending = this.#wait(packet, sequenceNumber(view, packet), timestampUs);
    pending.stream.put(view, start, end, 0);
    this.#takeEarly(pending, packet);
  }

  /** Adds the segment to the hello of its connection that waits. False where there is none, or it is not near. */
  #join(view: DataView, start: number, end: number, isCut: boolean, packet: Packet): boolean {
    const pending = this.#pending.get(connectionHash(packet));
    if (pending === undefined || !pending.isOf(packet)) return false;
    const at = (sequenceNumber(view, packet) - pending.sequence) | 0;
    if (at < 0 || at >= longestHelloBytes) return false;
    this.#add(pending, view, start, end, at, isCut, packet);
    return true;
  }

  /** Adds a frame's bytes, which stand at `at` in the stream. True where what is there then says what becomes of them. */
  #add(
    pending: PendingHello,
    view: DataView,
    start: number,
    end: number,
    at: number,
    isCut: boolean,
    packet: Packet,
  ): boolean {
    const { stream } = pending;
    const filledBefore = stream.filled;
    this.#counts.seen++;
    this.#counts.waiting++;
    pending.frames++;
    stream.put(view, start, end, at);
    const isLast = pending.frames >= mostFrames;
    if (stream.filled === filledBefore && !isLast) return false;
    const hello = readHelloRecords(stream.view, 0, stream.filled);
    const endsInCut = isCut && stream.filled === at + end - start;
    if (hello.kind === 'more' && !endsInCut && !isLast && stream.filled < longestHelloBytes) return false;
    this.#forget(pending);
    this.#settle(hello, pending.frames, isCut, packet);
    return true;
  }

  /** What a hello said decides what became of all its frames. */
  #settle(hello: Hello, frames: number, isCut: boolean, packet: Packet): void {
    const counts = this.#counts;
    switch (hello.kind) {
      case 'name':
        counts.parsed += frames;
        this.#findings.asked(packet, hello.name);
        return;
      case 'none':
        counts.refused['without-name'] += frames;
        this.#findings.asked(packet, null);
        return;
      case 'refused':
        counts.refused[hello.why] += frames;
        // It asked for something else than an earlier connection of the same ports.
        if (hello.why === 'unfit-name') this.#findings.asked(packet, null);
        return;
      case 'more':
        counts.refused[isCut ? 'cut' : 'too-many'] += frames;
    }
  }

  #wait(packet: Packet, sequence: number, timestampUs: number): PendingHello {
    const pending = this.#spare.pop() ?? new PendingHello();
    pending.begin(packet, sequence, timestampUs);
    const former = this.#pending.get(pending.hash);
    if (former !== undefined) this.#giveUp(former, former.isOf(packet) ? 'incomplete' : 'too-many');
    if (this.#pending.size >= mostPending) {
      const [oldest] = this.#pending.values();
      this.#giveUp(oldest!, 'too-many');
    }
    this.#pending.set(pending.hash, pending);
    this.#buckets[pending.hash & bucketMask]!++;
    this.areWaiting = true;
    this.#counts.waiting++;
    return pending;
  }

  /** Clocks of captures go back too. */
  #giveUpOld(timestampUs: number): void {
    for (const pending of this.#pending.values()) {
      if (Math.abs(timestampUs - pending.sinceUs) <= longestWaitUs) return;
      this.#giveUp(pending, 'incomplete');
    }
  }

  #giveUp(pending: PendingHello, why: Refusal): void {
    this.#forget(pending);
    this.#counts.refused[why] += pending.frames;
  }

  #forget(pending: PendingHello): void {
    this.#pending.delete(pending.hash);
    this.areWaiting = this.#pending.size > 0;
    this.#buckets[pending.hash & bucketMask]!--;
    this.#counts.waiting -= pending.frames;
    this.#spare.push(pending);
  }

  /** Such a segment is counted where it turns out to be one. */
  #keepEarly(view: DataView, start: number, end: number, packet: Packet, timestampUs: number): void {
    const slot = this.#nextEarly++ % mostEarly;
    this.#early[slot] ??= new PendingHello();
    const early = this.#early[slot];
    early.begin(packet, sequenceNumber(view, packet), timestampUs);
    early.stream.put(view, start, end, 0);
  }

  #takeEarly(pending: PendingHello, packet: Packet): void {
    for (const early of this.#early) {
      const at = (early.sequence - pending.sequence) | 0;
      const isNear = at > 0 && at < longestHelloBytes;
      const isRecent = Math.abs(pending.sinceUs - early.sinceUs) <= longestWaitUs;
      if (early.stream.filled === 0 || !isNear || !isRecent || !early.isOf(packet)) continue;
      const isSettled = this.#add(pending, early.stream.view, 0, early.stream.filled, at, false, packet);
      early.stream.clear();
      if (isSettled) return;
    }
  }
}

function isLikeSecond(firstByte: number, packet: Packet): boolean {
  const targetPort = packet.ports >>> 16;
  return (
    (packet.tcpFlags & pushFlag) !== 0 &&
    (targetPort === httpsPort || targetPort === dnsOverTlsPort || targetPort === otherHttpsPort) &&
    packet.payloadBytes <= longestEarlyBytes &&
    (firstByte - firstRecordType) >>> 0 >= recordTypes
  );
}
