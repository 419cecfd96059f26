/** Watches for the SYNs that this host sends, for `--owners syn`. */
import type { SynSource } from '../enrich/owners/sockets/syn-answers.js';
import { type Failure, PermissionError, UsageError } from '../host/failure.js';
import type { LoadedNative, NativeErrorCode } from '../host/native.js';

export interface SynWatch extends SynSource {
  /** To be called when rights were given up. Throws what the addon throws. */
  start(): void;
  /** What to say where something of it cannot be opened. */
  failure(error: unknown): Failure;
  close(): void;
}

/** Looking one up takes some 25 µs, so these take a twentieth of a processor. */
const mostPerSecond = 2_000;

const permissionProblem =
  'no permission to watch for SYNs; run as root or give the right to capture, as docs/permissions.md shows, or take --owners on';

/** Throws a Failure where it cannot be opened. That takes the right to capture. */
export function openSynWatch(loaded: LoadedNative): SynWatch {
  if (loaded.native === undefined) throw problem(loaded.problem);
  const { native } = loaded;
  const watch = attempt(() => native.openSynWatch(mostPerSecond));
  let isOpen = true;
  let counts = native.synWatchCounts(watch);
  return {
    start: () => native.startSynWatch(watch),
    read: (into) => native.readSynWatch(watch, into),
    get inWords() {
      if (isOpen) counts = native.synWatchCounts(watch);
      const { lookedUp, passedOver, dropped } = counts;
      return `${lookedUp} SYNs looked up, ${passedOver} passed over, ${dropped} dropped by the kernel`;
    },
    failure: failureOf,
    close() {
      counts = native.synWatchCounts(watch);
      isOpen = false;
      native.closeSynWatch(watch);
    },
  };
}

function attempt<T>(open: () => T): T {
  try {
    return open();
  } catch (error) {
    throw failureOf(error);
  }
}

function failureOf(error: unknown): Failure {
  const { code, message } = error as Error & { readonly code: NativeErrorCode };
  return code === 'permission' ? new PermissionError(`--owners syn: ${permissionProblem}`) : problem(message);
}

function problem(message: string): Failure {
  return new UsageError(`--owners syn: ${message}; or take --owners on`);
}
