/**
 * Where ranges come from, and how they stay current: a URL is asked once a day, its last good answer kept in a cache
 * file; a file is read again when it changes. Whatever goes wrong later, the last good ranges stay in use.
 */
import { stat } from 'node:fs/promises';
import { readBoundedText } from '../../host/bounded-file.js';
import type { Log } from '../../host/log.js';
import { EnrichError } from '../enricher.js';
import { type CachedText, cacheFile, copyForPeople, readCache, writeCache } from './ranges-cache.js';
import { fetchText } from './ranges-fetch.js';
import { parseRanges, type Ranges } from './ranges-json.js';

export interface RangesLimits {
  /** Of the JSON text. Datadog's has some hundred thousand bytes; it is parsed in one go. */
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** A tenth more or less each time, so that many hosts do not ask at once. */
  readonly refreshMs: number;
  /** After a failure; twice as long after each further one, up to `refreshMs`. */
  readonly retryMs: number;
  /** How often a file is looked at for changes. */
  readonly pollMs: number;
}

export const rangesDefaults: RangesLimits = {
  maxBytes: 4 * 1024 * 1024,
  timeoutMs: 30_000,
  refreshMs: 86_400_000,
  retryMs: 60_000,
  pollMs: 10_000,
};

export type RangesCounts = {
  /** Times that ranges, or the word that they are unchanged, were fetched or read. */
  refreshes: number;
  refreshFailures: number;
};

export interface FollowOptions {
  readonly limits: RangesLimits;
  readonly counts: RangesCounts;
  readonly log: Pick<Log, 'line' | 'limited'>;
  /** Milliseconds since the epoch. */
  readonly wallMs: () => number;
  readonly publish: (ranges: Ranges) => void;
}

export interface Following {
  /** Resolves when there are ranges, or the first attempt to get some has failed. Never rejects. */
  readonly settled: Promise<void>;
  close(): void;
}

/** Publishes the cached copy, if there is one, before it resolves; asks the network after that. Never rejects. */
export async function followUrl(
  url: URL,
  cacheDirectory: string | undefined,
  options: FollowOptions,
): Promise<Following> {
  const { limits, counts, log, wallMs } = options;
  const shownUrl = `${url.origin}${url.pathname}`;
  const cachePath = cacheDirectory === undefined ? undefined : cacheFile(cacheDirectory, url.href);
  const closing = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let cached = cachePath === undefined ? undefined : await loadCache(cachePath);

  async function loadCache(path: string): Promise<CachedText | undefined> {
    try {
      // A copy holds its text as a JSON string, which is a little longer than the text.
      const copy = await readCache(path, url.href, limits.maxBytes * 2);
      if (copy) options.publish(parseRanges(copy.text));
      return copy;
    } catch (error) {
      log.line(`ignoring the cached address ranges in ${path}: ${messageOf(error)}`);
      return undefined;
    }
  }

  async function refresh(): Promise<void> {
    let nextMs: number;
    try {
      await fetchAndPublish();
      counts.refreshes++;
      if (failures > 0) log.line(`address ranges come from ${shownUrl} again`);
      failures = 0;
      nextMs = limits.refreshMs;
    } catch (error) {
      if (closing.signal.aborted) return;
      counts.refreshFailures++;
      if (failures === 0)
        log.line(`cannot get address ranges from ${shownUrl}: ${messageOf(error)}; ${fallback()}`);
      nextMs = Math.min(limits.retryMs * 2 ** failures, limits.refreshMs);
      failures++;
    }
    if (closing.signal.aborted) return;
    timer = setTimeout(refresh, nextMs * (0.9 + 0.2 * Math.random())).unref();
  }

  async function fetchAndPublish(): Promise<void> {
    const fetched = await fetchText(url, {
      etag: cached?.etag,
      lastModified: cached?.lastModified,
      maxBytes: limits.maxBytes,
      timeoutMs: limits.timeoutMs,
      signal: closing.signal,
    });
    if (fetched.kind === 'text') {
      const { text, etag, lastModified } = fetched;
      options.publish(parseRanges(text));
      cached = { url: url.href, text, etag, lastModified, checkedMs: wallMs() };
    } else if (cached) {
      cached = { ...cached, checkedMs: wallMs() };
    } else {
      throw new Error('the server says that they have not changed, but there is no copy');
    }
    if (cachePath !== undefined) await saveCache(cachePath, cached);
  }

  async function saveCache(path: string, copy: CachedText): Promise<void> {
    await writeCache(path, copy).catch((error) => {
      const what = `cannot keep a copy of the address ranges in ${path}: ${messageOf(error)}`;
      log.limited('ranges-cache', `${what}; they are fetched at each start until that can be written`);
    });
  }

  function fallback(): string {
    if (!cached) return 'until it can, labels are "none"; --datadog-ranges takes a file, too, or "off"';
    return `using ${copyForPeople(cached, wallMs())}`;
  }

  const firstRefresh = refresh();
  return {
    settled: cached ? Promise.resolve() : firstRefresh,
    close() {
      closing.abort();
      clearTimeout(timer);
    },
  };
}

/** Publishes the file's ranges before it resolves. Rejects with an EnrichError where it holds none. */
export async function followFile(path: string, options: FollowOptions): Promise<Following> {
  const { limits, counts, log, publish } = options;
  let lastSeen = await fileState(path);
  try {
    publish(parseRanges(await readBoundedText(path, limits.maxBytes)));
    counts.refreshes++;
  } catch (error) {
    throw new EnrichError(
      `cannot read address ranges from "${path}": ${messageOf(error)}; give a file in the format of https://ip-ranges.datadoghq.com/, or "off"`,
      { cause: error },
    );
  }
  const timer = setInterval(poll, limits.pollMs).unref();
  async function poll(): Promise<void> {
    const seen = await fileState(path);
    if (seen === lastSeen) return;
    lastSeen = seen;
    try {
      publish(parseRanges(await readBoundedText(path, limits.maxBytes)));
      counts.refreshes++;
    } catch (error) {
      counts.refreshFailures++;
      log.limited('ranges-file', `the address ranges in ${path} stay as they were: ${messageOf(error)}`);
    }
  }
  return { settled: Promise.resolve(), close: () => clearInterval(timer) };
}

/** Changes whenever the file does. */
async function fileState(path: string): Promise<string> {
  return await stat(path).then(
    (file) => `${file.ino} ${file.size} ${file.mtimeMs}`,
    () => 'unreadable',
  );
}

/** Without the call and the path that Node adds to errors of files: the path is named already. */
function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/, [a-z]+ '.*'$/, '') : String(error);
}
