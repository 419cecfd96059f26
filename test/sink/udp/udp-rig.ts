/** UDP sinks and collectors on loopback, with a clock that goes forward when a test says so. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { loadNative } from '../../../src/host/native.js';
import type { Sink } from '../../../src/sink/sink.js';
import { UdpSink } from '../../../src/sink/udp/udp.js';
import type { DatagramCalls } from '../../../src/sink/udp/udp-link.js';
import type { UdpSinkOptions } from '../../../src/sink/udp/udp-options.js';
import { freePort } from '../../support/ports.js';
import { encodedOf } from '../encoded.js';

/** What hands datagrams to the kernel: the addon's calls, or Node where they are undefined. Said before any sink is opened. */
export const sender: { calls: DatagramCalls | undefined } = { calls: loadNative().native };
assert.notEqual(sender.calls, undefined, 'the addon is to be tested, too');

export interface Collector {
  readonly port: number;
  /** Datagrams as text, in the order of arrival. */
  readonly received: string[];
  close(): Promise<void>;
}

/** Listens until the test has ended. */
export async function openCollector(
  context: TestContext,
  port?: number,
  address = '127.0.0.1',
): Promise<Collector> {
  const chosen = port ?? (await freePort());
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const received: string[] = [];
  socket.on('message', (message) => received.push(message.toString()));
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(chosen, address, resolve);
  });
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= new Promise((resolve) => socket.close(resolve));
    return closed;
  };
  context.after(close);
  return { port: (socket.address() as AddressInfo).port, received, close };
}

export interface UdpRig {
  /** What was logged, text only. */
  readonly lines: string[];
  now(): number;
  open(port: number, options?: Partial<UdpSinkOptions> & { host?: string }): Sink;
  /** Sends a record of its own and waits until it counts as sent, so that the next one is no probe. */
  warmUp(sink: Sink): Promise<void>;
  /** Lets time pass, with a tick every five milliseconds. */
  pass(sink: Sink, ms: number): Promise<void>;
}

/** Its sinks are closed after the test. */
export function createUdpRig(context: TestContext): UdpRig {
  let clockMs = 1000;
  const lines: string[] = [];
  async function pass(sink: Sink, ms: number): Promise<void> {
    for (let passedMs = 0; passedMs < ms; passedMs += 5) {
      clockMs += 5;
      sink.tick(clockMs);
      await eventLoopTurn();
    }
  }
  return {
    lines,
    now: () => clockMs,
    open(port, { host = '127.0.0.1', ...options } = {}) {
      const target = { name: `collector:${port}`, host, port };
      const log = { limited: (_: string, text: string) => lines.push(text) };
      const sink = new UdpSink({ target, log, nowMs: () => clockMs, ...sender, ...options });
      sink.start();
      context.after(() => sink.close(0));
      return sink;
    },
    pass,
    async warmUp(sink) {
      sink.write(encodedOf(['{"n":"first"}\n']));
      await pass(sink, 200);
    },
  };
}

/** Enough turns for a socket to read the datagrams of one tick, of which it takes 32 at a time. */
export async function eventLoopTurn(): Promise<void> {
  for (let i = 0; i < 6; i++) await new Promise((resolve) => setImmediate(resolve));
}
