/** A small text from an HTTP server that is not trusted with our memory or time. */
import type { IncomingMessage } from 'node:http';

export interface FetchOptions {
  /** Validators of the copy at hand, for a conditional request (RFC 9110, 13.1). */
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  readonly maxBytes: number;
  /** For everything: names, connections, redirects, and the last byte of the body. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export type Fetched =
  | { readonly kind: 'unchanged' }
  | {
      readonly kind: 'text';
      readonly text: string;
      readonly etag: string | undefined;
      readonly lastModified: string | undefined;
    };

const maxRedirects = 5;

/** Rejects with an Error that says what is wrong, without the URL, unless the answer is 200 (or 304) and whole. */
export async function fetchText(url: URL, options: FetchOptions): Promise<Fetched> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  try {
    return await follow(url, options, AbortSignal.any([options.signal, timeout]));
  } catch (error) {
    if (timeout.aborted) {
      throw new Error(`no whole answer within ${options.timeoutMs / 1_000} s`, { cause: error });
    }
    throw error;
  }
}

async function follow(start: URL, options: FetchOptions, signal: AbortSignal): Promise<Fetched> {
  let url = start;
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const response = await get(url, options, signal);
    const status = response.statusCode ?? 0;
    if (status === 200) return await readBody(response, options.maxBytes);
    response.destroy();
    if (status === 304) return { kind: 'unchanged' };
    const { location } = response.headers;
    if (![301, 302, 303, 307, 308].includes(status) || location === undefined) {
      throw new Error(`the server answered with status ${status}`);
    }
    url = redirected(url, location);
  }
  throw new Error(`it is redirected more than ${maxRedirects} times`);
}

async function get(url: URL, options: FetchOptions, signal: AbortSignal): Promise<IncomingMessage> {
  const http = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const headers: Record<string, string> = { accept: 'application/json', 'user-agent': 'pcap-agg' };
  if (options.etag !== undefined) headers['if-none-match'] = options.etag;
  if (options.lastModified !== undefined) headers['if-modified-since'] = options.lastModified;
  return await new Promise((resolve, reject) => {
    // Without an agent the connection closes after its one answer.
    const sent = http.request(url, { agent: false, headers, signal });
    sent.on('response', resolve);
    sent.on('error', reject);
    sent.end();
  });
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<Fetched> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop by an error destroys the connection.
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`it is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return {
    kind: 'text',
    text: Buffer.concat(chunks).toString('utf8'),
    etag: response.headers.etag,
    lastModified: response.headers['last-modified'],
  };
}

function redirected(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const safe = to?.protocol === 'https:' || (to?.protocol === 'http:' && from.protocol === 'http:');
  if (!to || !safe) throw new Error('it is redirected to something that is not https');
  return to;
}
