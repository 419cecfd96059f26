/**
 * The time zone of this process as tcpdump would see it. tcpdump converts times by the C library, which takes
 * TZ for a zone file, a POSIX rule ("EST5EDT,M3.2.0,M11.1.0") or, where it has no data of a zone, for UTC
 * (tzset(3)). Node reads TZ by zone data of its own, and differently. So the addon asks the C library.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadNative } from '../../host/native.js';
import type { LocalTime } from './local-time.js';

/**
 * Loads what that takes: to be called before rights are given up, for it may lie where only root can read.
 */
export function prepareLocalTime(): void {
  loadNative();
}

/**
 * Loads the addon when it is first called. Without it Node converts, and unless both are known to use the
 * same zone, `doubtful` is told so, with the remedy.
 */
export function hostLocalTime(doubtful: (reason: string) => void): LocalTime {
  let localTime: LocalTime | undefined;
  return (seconds) => {
    localTime ??= openLocalTime(doubtful);
    return localTime(seconds);
  };
}

function openLocalTime(doubtful: (reason: string) => void): LocalTime {
  const { native, problem } = { problem: '', ...loadNative() };
  if (native) return native.localTime;
  const tz = process.env['TZ'];
  if (!isSameZone(tz)) doubtful(doubt(tz, problem));
  return nodeLocalTime;
}

const doubt = (tz: string | undefined, problem: string): string =>
  `local times are read by Node's zone data, which may be hours off from tcpdump's with TZ=${tz ?? ''}; ` +
  `run both with TZ=UTC, or let the addon ask the C library (${problem})`;

/** By Node's zone data. */
export function nodeLocalTime(seconds: number): number {
  const time = new Date(seconds * 1_000);
  const minuteMs = Date.UTC(
    time.getFullYear(),
    time.getMonth(),
    time.getDate(),
    time.getHours(),
    time.getMinutes(),
    time.getSeconds(),
  );
  return minuteMs / 1_000;
}

/** Where the zone data of this host lie, and which file is the zone's where TZ is not set: tzset(3). */
export interface ZoneFiles {
  readonly folder: string;
  readonly local: string;
}

const hostFiles: ZoneFiles = {
  folder: process.env['TZDIR'] ?? '/usr/share/zoneinfo',
  local: '/etc/localtime',
};

/**
 * Whether Node and the C library take `tz` for the same zone: the file that the C library reads is that of
 * the zone whose name Node has found; or there is none, and both take it for UTC.
 */
export function isSameZone(tz: string | undefined, files = hostFiles): boolean {
  const name = tz?.replace(/^:/, '');
  const libraryZone = contentOf(name === undefined ? files.local : pathOf(name, files));
  // Node has no name for some.
  const nodeName: string | undefined = new Intl.DateTimeFormat('en').resolvedOptions().timeZone;
  if (libraryZone === undefined) return /^(UTC|GMT)?0?$/.test(name ?? '') && nodeLocalTime(0) === 0;
  return contentOf(pathOf(nodeName ?? '', files))?.equals(libraryZone) ?? false;
}

const pathOf = (name: string, { folder }: ZoneFiles): string =>
  name.startsWith('/') ? name : join(folder, name);

function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
