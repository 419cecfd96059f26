/** A collector that comes and goes, and keeps sums of what it gets instead of the records. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { SequenceCheck } from '../../src/verify/sequence.js';
import { soakDomain } from './name-traffic.js';
import { churnOwner } from './owner-churn.js';

/** What came in since it was last asked. */
export interface Arrivals {
  /** Windows by their records' time. */
  readonly windows: number;
  /** How long after its end the latest of them was closed; 0 where none came. */
  readonly latestMs: number;
}

export class SoakCollector {
  readonly intervalMs: number;
  readonly check = new SequenceCheck();
  port = 0;
  records = 0;
  /** Of these, records that show a name of the traffic's. */
  named = 0;
  /** And those that show an owner that comes and goes. */
  owned = 0;
  packets = 0;
  /** Windows between two others of which no record came. */
  missingWindows = 0;
  #socket: Socket | undefined;
  #lastWindow = Number.NaN;
  #windows = 0;
  #latestMs = 0;

  constructor(intervalMs: number) {
    this.intervalMs = intervalMs;
  }

  /** Listens on 127.0.0.1, after the first time on the same port as then. */
  async open(): Promise<void> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
    socket.on('message', (message) => {
      for (const line of message.toString().split('\n')) if (line !== '') this.#take(line);
    });
    socket.bind(this.port, '127.0.0.1');
    await once(socket, 'listening');
    this.port = socket.address().port;
    this.#socket = socket;
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  takeArrivals(): Arrivals {
    const arrivals = { windows: this.#windows, latestMs: this.#latestMs };
    this.#windows = 0;
    this.#latestMs = 0;
    return arrivals;
  }

  #take(line: string): void {
    this.check.addLine(line);
    const { time, count } = JSON.parse(line) as { time: string; count: number };
    this.records++;
    if (line.includes(soakDomain)) this.named++;
    if (churnOwner.test(line)) this.owned++;
    this.packets += count;
    const closedMs = Date.parse(`${time.slice(0, 23).replace(' ', 'T')}Z`);
    const window = Math.floor(closedMs / this.intervalMs);
    if (window === this.#lastWindow) return;
    if (window > this.#lastWindow) this.missingWindows += window - this.#lastWindow - 1;
    this.#lastWindow = window;
    this.#windows++;
    this.#latestMs = Math.max(this.#latestMs, closedMs - window * this.intervalMs);
  }
}
