/** Handles of the package `cap`: made so that they cost little, kept so that they do not crash, and read for what they say. */
import type { CapHandle, CapModule } from './cap-module.js';
import type { LiveOptions } from './live.js';

/** cap's own limit on what it captures of a frame, and so on the wire length that it can tell. */
export const longestFrameBytes = 65_535;

/** Told apart by a second try, since cap has but one kind of error. */
export function opensWithoutFilter(cap: CapModule, { interface: name, bufferBytes }: LiveOptions): boolean {
  const handle = createHandle(cap, () => undefined);
  try {
    handle.open(name, '', bufferBytes, Buffer.alloc(longestFrameBytes));
  } catch {
    return false;
  }
  handle.close();
  return true;
}

export interface ReceivingHandle extends CapHandle {
  /** Called for every frame with its captured bytes. */
  receive: (capturedBytes: number) => void;
}

let receivingHandle: (new () => ReceivingHandle) | undefined;

/**
 * Collecting a handle crashes: its destructor stops a poll that a failed open() never started, leaves libuv with a pointer
 * to one that was closed, and calls into Node where that is not allowed. So they are all kept, under a kilobyte each.
 */
const handles: CapHandle[] = [];

/** Where `emit` is overridden, cap calls it straight: the event machinery costs a third of the time of a frame. */
export function createHandle(cap: CapModule, receive: (capturedBytes: number) => void): ReceivingHandle {
  receivingHandle ??= class extends cap.Cap implements ReceivingHandle {
    receive: ReceivingHandle['receive'] = () => undefined;
    override emit(_event: 'packet', capturedBytes: number): boolean {
      this.receive(capturedBytes);
      return true;
    }
  };
  const handle = new receivingHandle();
  handle.receive = receive;
  handles.push(handle);
  return handle;
}

/** cap's names, and the DLT_ values that it made them of. */
const linkTypeNumbers: Readonly<Record<string, number>> = {
  NULL: 0,
  ETHERNET: 1,
  RAW: 12,
  LINKTYPE_LINUX_SLL: 113,
  IEEE802_11_RADIO: 127,
};

/** For a type it does not know, cap answers "Unknown linktype 276". -1 for any other text. */
export function linkTypeNumber(name: string): number {
  return linkTypeNumbers[name] ?? Number(/^Unknown linktype (\d+)$/.exec(name)?.[1] ?? -1);
}
