/** The last good answer of a URL, kept in a file for times without a network. */
import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { readBoundedText } from '../../host/bounded-file.js';

export interface CachedText {
  readonly url: string;
  readonly text: string;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  /** When the server last said that this is its current text: milliseconds since the epoch. */
  readonly checkedMs: number;
}

/**
 * systemd's $CACHE_DIRECTORY where the unit sets it; /var/cache/pcap-agg for root; else pcap-agg in $XDG_CACHE_HOME or
 * ~/.cache (XDG Base Directory Specification). Undefined, for no cache, where the user has no home: neither $HOME nor an
 * account, as in a container that is given a number for its user.
 */
export function defaultCacheDirectory(environment: NodeJS.ProcessEnv, isRoot: boolean): string | undefined {
  const fromSystemd = environment['CACHE_DIRECTORY']?.split(':')[0];
  if (fromSystemd) return fromSystemd;
  if (isRoot) return '/var/cache/pcap-agg';
  const fromUser = environment['XDG_CACHE_HOME'];
  if (fromUser) return join(fromUser, 'pcap-agg');
  try {
    return join(homedir(), '.cache', 'pcap-agg');
  } catch {
    return undefined;
  }
}

/** Where a URL's copy stands. Two URLs may share a file; the copy says which it is of. */
export function cacheFile(directory: string, url: string): string {
  return join(directory, `${url.replace(/[^A-Za-z0-9.]+/g, '-').slice(0, 100)}.json`);
}

/**
 * Reads the copy of `url`; undefined where there is none, or the file holds another URL's. Rejects with an Error that
 * says what is wrong with the file.
 */
export async function readCache(
  path: string,
  url: string,
  maxBytes: number,
): Promise<CachedText | undefined> {
  let content: string;
  try {
    content = await readBoundedText(path, maxBytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const cached = parseCache(content);
  return cached.url === url ? cached : undefined;
}

/** Replaces the file in one step: whoever reads it finds the old copy or the new one, whole. */
export async function writeCache(path: string, cached: CachedText): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(temporary, JSON.stringify(cached), { flag: 'wx', mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A copy as it stands in its file. Throws an Error where it is none, whatever stands there. */
export function parseCache(content: string): CachedText {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    throw new Error('it is damaged');
  }
  const { url, text, etag, lastModified, checkedMs } = (value ?? {}) as Partial<
    Record<keyof CachedText, unknown>
  >;
  if (typeof url !== 'string' || typeof text !== 'string' || !isTime(checkedMs)) {
    throw new Error('it is damaged');
  }
  return { url, text, etag: headerValue(etag), lastModified: headerValue(lastModified), checkedMs };
}

/**
 * A copy for people: its date, and how old it is. That a date lies ahead does not damage a copy: it is the clock that is
 * wrong where a host without a battery for it has just started, which is when the copy is needed.
 */
export function copyForPeople({ checkedMs }: Pick<CachedText, 'checkedMs'>, nowMs: number): string {
  const ageMs = nowMs - checkedMs;
  const age = ageMs < -clockSlackMs ? "ahead of this host's clock" : `${ageText(ageMs)} old`;
  return `the copy of ${new Date(checkedMs).toISOString()} (${age})`;
}

/** A copy that is dated ahead by no more than this was made just now, by a clock that has been set since. */
const clockSlackMs = 86_400_000;

function ageText(ageMs: number): string {
  const minutes = Math.max(0, Math.floor(ageMs / 60_000));
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.floor(hours / 24)} days`;
}

/** The last time that a Date can hold (ECMA-262, "Time Values and Time Range"). */
const lastDateMs = 8.64e15;

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= lastDateMs;
}

/** What may stand in a request's header. */
function headerValue(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\x20-\x7e]{1,512}$/.test(value) ? value : undefined;
}
