/**
 * Finds out whether an interface can be captured on before `cap` is asked to: cap's open() leaves a handle behind when it
 * fails, that crashes when it is collected, and an error without a kind.
 */
import { readFileSync } from 'node:fs';
import { loadNative, type Native } from '../../host/native.js';
import { interfaceState } from './interfaces/interfaces.js';
import type { LiveOptions } from './live.js';
import { nativeError, openError } from './live-errors.js';

/** Throws the SourceError that opening would end in. */
export function rehearse(options: LiveOptions): void {
  const { native } = loadNative();
  if (native === undefined) inspect(options);
  else openOnce(native, options);
}

/** What it takes to open one, no matter how. */
const smallestBufferBytes = 1 << 18;
const snapshotBytes = 128;
const timeoutMs = 1_000;

function openOnce(native: Native, options: LiveOptions): void {
  try {
    const capture = native.open(
      options.interface,
      options.filter,
      smallestBufferBytes,
      snapshotBytes,
      0,
      timeoutMs,
      true,
      () => undefined,
    );
    native.close(capture);
  } catch (error) {
    throw nativeError(options, error);
  }
}

/** All but the filter. */
function inspect(options: LiveOptions): void {
  if (interfaceState(options.interface)?.up !== true) throw openError(options, 'interface-down', '');
  if (!mayCapture()) throw openError(options, 'permission', '');
}

/** The number of CAP_NET_RAW in capabilities(7). */
const netRaw = 13;

/** True where the kernel does not say, too: libpcap will. */
export function mayCapture(): boolean {
  try {
    const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return effective === undefined || ((BigInt(`0x${effective}`) >> BigInt(netRaw)) & 1n) === 1n;
  } catch {
    return true;
  }
}
