/** One HTTP request and its answer, bounded in time and size. */
import {
  type Agent,
  type ClientRequest,
  type IncomingHttpHeaders,
  request as requestByHttp,
} from 'node:http';
import { request as requestByHttps } from 'node:https';
import type { Socket } from 'node:net';
import { urlToHttpOptions } from 'node:url';

export interface HttpRequest {
  readonly url: URL;
  readonly agent: Agent;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  readonly bounds: ExchangeBounds;
  /** Aborts the exchange. */
  readonly signal: AbortSignal;
}

export interface ExchangeBounds {
  /** Name, connection and TLS. */
  readonly connectMs: number;
  /** From then on until the answer's last byte; a long body adds to it. */
  readonly answerMs: number;
  readonly answerBytes: number;
}

export interface Answered {
  readonly kind: 'answered';
  /** 200 to 599. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Unanswered {
  readonly kind: 'unanswered';
  readonly error: Error;
  /** There was a connection: the reader may have got the request. */
  readonly wasConnected: boolean;
  /** The connection had served before, and the reader had closed it: another one may do at once. */
  readonly wasStale: boolean;
}

/** A body gets a second for each kilobyte, up to five minutes. */
const slowestBytesPerMs = 1;
const longestBodyMs = 300_000;

/** The answer took too long or was too large. */
export class OutOfBounds extends Error {}

const brokeOff = 'the connection ended in the middle of the answer';

/** Never rejects. */
export function exchange(asked: HttpRequest): Promise<Answered | Unanswered> {
  return new Promise((resolve) => new Exchange(asked, resolve));
}

class Exchange {
  readonly #asked: HttpRequest;
  readonly #request: ClientRequest;
  readonly #resolve: (outcome: Answered | Unanswered) => void;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #wasConnected = false;
  #hasAnswer = false;
  #timer: NodeJS.Timeout;

  constructor(asked: HttpRequest, resolve: (outcome: Answered | Unanswered) => void) {
    const { url, agent, method, headers, body, bounds, signal } = asked;
    this.#asked = asked;
    this.#resolve = resolve;
    const open = url.protocol === 'https:' ? requestByHttps : requestByHttp;
    this.#request = open({ ...urlToHttpOptions(url), agent, method, headers, signal });
    const seconds = bounds.connectMs / 1_000;
    this.#timer = this.#limit(bounds.connectMs, `there is no connection after ${seconds} s`);
    this.#listen();
    this.#request.end(body);
  }

  #listen(): void {
    const request = this.#request;
    request.on('socket', (socket) => this.#socketChosen(socket));
    request.on('response', (response) => {
      this.#hasAnswer = true;
      response.on('data', (chunk: Buffer) => this.#take(chunk));
      response.on('error', (error) => this.#fail(error));
      response.on('end', () => {
        if (!response.complete) return this.#fail(new Error(brokeOff));
        const body = Buffer.concat(this.#chunks).toString();
        this.#settle({
          kind: 'answered',
          status: response.statusCode ?? 0,
          headers: response.headers,
          body,
        });
      });
    });
    request.on('error', (error) => this.#fail(error));
    // This also covers a reader that switches to another protocol.
    request.on('close', () =>
      this.#fail(new Error(this.#hasAnswer ? brokeOff : 'the connection was closed without an answer')),
    );
  }

  #socketChosen(socket: Socket): void {
    const event = this.#asked.url.protocol === 'https:' ? 'secureConnect' : 'connect';
    if (this.#request.reusedSocket) this.#connected();
    else socket.once(event, () => this.#connected());
  }

  #connected(): void {
    const { bounds, body } = this.#asked;
    const bodyMs = Math.min(longestBodyMs, Math.floor((body?.length ?? 0) / slowestBytesPerMs));
    this.#wasConnected = true;
    clearTimeout(this.#timer);
    const limitMs = bounds.answerMs + bodyMs;
    this.#timer = this.#limit(limitMs, `there is no whole answer after ${Math.round(limitMs / 1_000)} s`);
  }

  #limit(ms: number, why: string): NodeJS.Timeout {
    return setTimeout(() => this.#request.destroy(new OutOfBounds(why)), ms);
  }

  #take(chunk: Buffer): void {
    this.#bytes += chunk.length;
    const { answerBytes } = this.#asked.bounds;
    if (this.#bytes > answerBytes)
      this.#fail(new OutOfBounds(`its answer is longer than ${answerBytes} bytes`));
    else this.#chunks.push(chunk);
  }

  #fail(error: Error): void {
    const { code = '' } = error as NodeJS.ErrnoException;
    const isBroken = code === 'ECONNRESET' || code === 'EPIPE';
    const wasStale = this.#request.reusedSocket && !this.#hasAnswer && isBroken;
    this.#settle({ kind: 'unanswered', error, wasConnected: this.#wasConnected, wasStale });
  }

  /** The first outcome counts: later calls change nothing. */
  #settle(outcome: Answered | Unanswered): void {
    clearTimeout(this.#timer);
    // If the reader answered before it had read everything, stop sending the body. Otherwise the socket is reused.
    if (outcome.kind === 'unanswered' || !this.#request.writableFinished) this.#request.destroy();
    this.#resolve(outcome);
  }
}
