/** The npm package `cap`, which is optional and needs a compiler to be installed: loads it when it is first wanted. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The part of `cap` 0.2.1 that is used. It has no types of its own. */
export interface CapModule {
  readonly Cap: CapConstructor;
}

export interface CapConstructor {
  new (): CapHandle;
  /** What libpcap's pcap_findalldevs lists. Throws. */
  deviceList(): {
    readonly name: string;
    readonly description?: string;
    readonly addresses: readonly { readonly addr?: string }[];
    readonly flags?: 'PCAP_IF_LOOPBACK';
  }[];
}

export interface CapHandle {
  /**
   * Opens the device and polls it in the main thread's event loop. Frames are copied to the start of `buffer`, which is
   * kept by its address alone. Returns a name for the link type. Throws an Error with libpcap's text.
   */
  open(device: string, filter: string, bufferBytes: number, buffer: Buffer): string;
  /** False where it was closed before. */
  close(): boolean;
  /** Called with 'packet' for every frame: see `open`. */
  emit(event: 'packet', capturedBytes: number, truncated: boolean): boolean;
}

export type LoadedCap =
  | { readonly cap: CapModule }
  | { readonly cap: undefined; readonly reason: string; readonly problem: string };

/**
 * Whether cap was compiled with its assertions, one of which ends the process when an interface goes down. Only the
 * project's addon can then prevent it.
 */
export function capHasAssertions(): boolean {
  try {
    const path = createRequire(import.meta.url).resolve('cap/build/Release/cap.node');
    return /__assert_(fail|rtn)/.test(readFileSync(path, 'latin1'));
  } catch {
    return false;
  }
}

let loaded: LoadedCap | undefined;

/** `reason` says why it does not load, `problem` adds the remedy. */
export function loadCap(): LoadedCap {
  loaded ??= load();
  return loaded;
}

/** By require: the program is started as a script (native/launcher.cjs), which has no import of its own. */
function load(): LoadedCap {
  const require = createRequire(import.meta.url);
  try {
    require.resolve('cap');
  } catch {
    return missing('the npm package cap is not installed', 'install it with "npm install cap"');
  }
  try {
    return { cap: require('cap') as CapModule };
  } catch (error) {
    const reason = `the npm package cap does not load (${loadingProblem(error as Error)})`;
    return missing(reason, 'build it with "npm run bindings"');
  }
}

function missing(reason: string, remedy: string): LoadedCap {
  return { cap: undefined, reason, problem: `${reason}; ${remedy}` };
}

/** That a module was built for another version, Node says in several lines, of which the first does not tell. */
export function loadingProblem({ message }: Error): string {
  const [built, needed] = [...message.matchAll(/NODE_MODULE_VERSION (\d+)/g)].map((match) => match[1]);
  if (needed === undefined) return message.split('\n', 1)[0]!;
  return `it was built for Node's module version ${built}, and ${process.version} has ${needed}`;
}
