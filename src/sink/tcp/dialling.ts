/** Connects to a target: looks its name up each time, and tries one address after the other. */
import { isIP } from 'node:net';
import { type Resolve, resolveBySystem } from '../addresses.js';
import { connectionFailure } from '../connection.js';
import type { Retry, TransportEdges } from '../transport.js';
import { StreamConnection } from './stream-connection.js';
import type { StreamCalls, StreamTarget } from './stream-options.js';

export interface DiallingOptions {
  readonly target: StreamTarget;
  readonly edges: TransportEdges;
  readonly calls: StreamCalls | undefined;
  readonly resolve?: Resolve | undefined;
  /** For the look-up and all attempts together. */
  readonly connectMs: number;
  /** Called when the connection that was opened is over. */
  readonly over: (connection: StreamConnection, error: NodeJS.ErrnoException | undefined) => void;
}

/** How many addresses of a name are tried at most. */
const mostAddresses = 8;

/** An open connection, or why there is none. Never rejects; `signal` makes it give up. */
export async function dial(options: DiallingOptions, signal: AbortSignal): Promise<StreamConnection | Retry> {
  const { edges, connectMs } = options;
  const untilMs = edges.nowMs() + connectMs;
  try {
    const found = await within(connectMs, signal, addressesOf(options));
    const addresses = found.slice(0, mostAddresses);
    let failure: unknown;
    for (const [position, address] of addresses.entries()) {
      const shareMs = (untilMs - edges.nowMs()) / (addresses.length - position);
      try {
        return await within(shareMs, signal, (given) => connect(options, address, given));
      } catch (error) {
        failure = error;
      }
      if (signal.aborted) break;
    }
    throw failure;
  } catch (error) {
    return { kind: 'retry', ...connectionFailure(error as Error) };
  }
}

function addressesOf({ target, resolve = resolveBySystem }: DiallingOptions) {
  return async (): Promise<readonly string[]> => {
    if (target.kind === 'unix') return [''];
    return isIP(target.host) === 0 ? resolve(target.host) : [target.host];
  };
}

function connect(
  { target, edges, calls, over }: DiallingOptions,
  address: string,
  signal: AbortSignal,
): Promise<StreamConnection> {
  return new Promise((resolve, reject) => {
    let isOpen = false;
    const connection = new StreamConnection({
      ...{ target, address, calls, connects: edges.connects },
      listener: {
        opened: () => {
          isOpen = true;
          resolve(connection);
        },
        over: (error) => {
          if (isOpen) {
            over(connection, error);
            return;
          }
          connection.destroy();
          reject(error ?? Object.assign(new Error('ended'), { code: 'ECONNRESET' }));
        },
      },
    });
    signal.addEventListener('abort', () => {
      if (!isOpen) connection.destroy();
    });
    connection.open();
  });
}

/** Rejects with ETIMEDOUT after `ms`, or as soon as `signal` aborts; either aborts `work`. */
async function within<T>(
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const mine = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const settled = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
    };
    // What is given up may never be settled.
    const giveUp = () => {
      settled();
      mine.abort();
      reject(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }));
    };
    const timer = setTimeout(giveUp, Math.max(0, ms));
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    work(mine.signal).finally(settled).then(resolve, reject);
  });
}
