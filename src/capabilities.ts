/**
 * Giving up Linux's capabilities (capabilities(7)) for good. A process that leaves root has lost them already; one that
 * was given CAP_NET_RAW as an ordinary user, by setcap or by systemd, keeps it in every thread until it lets go of it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { loadNative } from './source/native.js';

export interface ThreadsWithoutRights {
  readonly dropped: number;
  /**
   * Threads that block every signal and so cannot be told: in Node the one that waits for SIGUSR1 to open the debugger.
   * It does nothing else, but whoever runs code in this process can borrow what it may.
   */
  readonly kept: number;
}

/** A thread that was just made by one that had not yet dropped its capabilities has them: the next pass finds it. */
const passes = 3;

/** In every thread that can be told. Undefined without the addon, or where this is not Linux. */
export function dropCapabilities(): ThreadsWithoutRights | undefined {
  const { native } = loadNative();
  if (native === undefined || process.platform !== 'linux') return undefined;
  for (let pass = 0; pass < passes; pass++) {
    for (const thread of threads()) {
      if (!thread.harmless && !thread.deaf) native.dropCapabilities(thread.id);
    }
  }
  const now = threads();
  const dropped = now.filter(({ harmless }) => harmless).length;
  return { dropped, kept: now.length - dropped };
}

interface Thread {
  readonly id: number;
  /** Has no capability and can gain none. */
  readonly harmless: boolean;
  /** Blocks the signal that would tell it to drop its capabilities. */
  readonly deaf: boolean;
}

/** The addon's signal, SIGRTMAX - 1, as a bit of a signal mask. */
const signalBit = 1n << 62n;

function threads(): Thread[] {
  return readdirSync('/proc/self/task').flatMap((id) => {
    const status = statusOf(id);
    if (status === undefined) return [];
    const field = (name: string) => new RegExp(`^${name}:\\s*(\\w+)$`, 'm').exec(status)?.[1] ?? '0';
    const hexadecimal = (name: string) => BigInt(`0x${field(name)}`);
    return {
      id: Number(id),
      harmless: hexadecimal('CapPrm') === 0n && field('NoNewPrivs') === '1',
      deaf: (hexadecimal('SigBlk') & signalBit) !== 0n,
    };
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
