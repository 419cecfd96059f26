/** Watches for the SYNs that this host sends, for `--owners syn`. */
import type { SynSource } from '../enrich/owners/sockets/syn-answers.js';
import { type Failure, PermissionError, UsageError } from '../host/failure.js';
import type { LoadedNative, NativeErrorCode } from '../host/native.js';
import { permissionProblem } from '../source/live/live-errors.js';

export interface SynWatch extends SynSource {
  /** Begins to look SYNs up. To be called after rights were given up. Throws what the addon throws. */
  start(): void;
  /** What to say of an error that `start`, or opening the look-ups, has thrown. */
  failure(error: unknown): Failure;
  close(): void;
}

/** A look-up takes some 25 µs, so all of these take a twentieth of a core. */
const mostPerSecond = 2_000;

/** Takes the right to capture. Throws a Failure where it cannot be opened. */
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
