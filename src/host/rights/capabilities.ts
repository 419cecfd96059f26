/**
 * Giving up Linux's capabilities (capabilities(7)) for good. A process that leaves root has lost them already; one that
 * was given CAP_NET_RAW as an ordinary user, by setcap or by systemd, keeps it in every thread until it lets go of it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { Native } from '../native.js';

/** A thread that was made by one that had not yet dropped its capabilities has them: the next pass finds it. */
const mostPasses = 5;

/** In every thread of this process. Returns how many threads have kept some, or the chance to gain some. */
export function dropCapabilities(native: Pick<Native, 'dropCapabilities'>): number {
  for (let pass = 0; pass < mostPasses; pass++) {
    const holders = threads().filter((thread) => !isHarmless(thread));
    if (holders.length === 0) return 0;
    for (const { id } of holders) native.dropCapabilities(id);
  }
  return threads().filter((thread) => !isHarmless(thread)).length;
}

/** Whether any thread of this process has capabilities; false where this is not Linux, which alone has them. */
export function holdsCapabilities(): boolean {
  return threads().some(hasCapabilities);
}

interface Thread {
  readonly id: number;
  /** Text of its status file, proc(5). */
  readonly status: string;
}

function threads(): Thread[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc/self/task').flatMap((id) => {
    const status = statusOf(id);
    return status === undefined ? [] : { id: Number(id), status };
  });
}

/** Undefined for a thread that has ended. */
function statusOf(threadId: string): string | undefined {
  try {
    return readFileSync(`/proc/self/task/${threadId}/status`, 'utf8');
  } catch {
    return undefined;
  }
}

/** Has none and can gain none. */
function isHarmless(thread: Thread): boolean {
  return !hasCapabilities(thread) && /^NoNewPrivs:\s*1$/m.test(thread.status);
}

/** In force, at hand, or to be had by running a program. */
function hasCapabilities({ status }: Thread): boolean {
  return /^Cap(Eff|Prm|Inh|Amb):\s*0*[1-9a-f]/m.test(status);
}
