/** The project's own addon: loads native/build/Release/capture.node, if it was built, and says what it can do. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SocketLookUps } from './socket-look-ups.js';

declare const captureHandle: unique symbol;
/** A capture of the `batch` engine. */
export interface CaptureHandle {
  readonly [captureHandle]: never;
}

declare const aheadHandle: unique symbol;
/** A capture file that a thread of its own reads ahead. */
export interface AheadHandle {
  readonly [aheadHandle]: never;
}

/** `code` of the errors that the addon throws. */
export type NativeErrorCode =
  | 'no-such-interface'
  | 'interface-down'
  | 'permission'
  | 'filter'
  | 'closed'
  | 'other';

export interface NativeDevice {
  readonly name: string;
  /** "" where libpcap has none. */
  readonly description: string;
  /** IPv4 and IPv6 addresses as text. */
  readonly addresses: readonly string[];
  readonly up: boolean;
  readonly running: boolean;
  readonly loopback: boolean;
}

/**
 * How much of each frame the addon packs. Only Ethernet frames have headers that it tells apart: of one with IPv4, or with TCP
 * or UDP in IPv6, they are what decoding the outermost packet looks at, 88 bytes at most. With names, frames that may carry
 * the name that somebody asked for are whole beside them (native/src/names/name-rule.h). With health, headers reach as far as
 * packet/segment.ts and packet/quoted.ts look.
 */
export const frameParts = { whole: 0, headers: 1, headersAndNames: 3, headersAndHealth: 5, all: 7 } as const;
export type FramePart = (typeof frameParts)[keyof typeof frameParts];

/** What the kernel tells of an interface. */
export interface InterfaceNotice {
  /** Its number in this network namespace, from 1 on. */
  readonly index: number;
  readonly name: string;
  /** False where it was deleted, or moved into another network namespace. */
  readonly present: boolean;
}

/** Every function throws an Error with a NativeErrorCode and the text of libpcap or the kernel. */
export interface Native extends SocketLookUps {
  /** What is read ahead of a file goes into so many slots of so many bytes, which come in turn. */
  readonly aheadSlots: number;
  readonly aheadSlotBytes: number;
  /** As libpcap states it: "libpcap version 1.10.3 (with TPACKET_V3)". */
  readonly libpcapVersion: string;

  /**
   * Opens a capture that takes no frame yet (see `listen`) and is not polled (see `poll`). The timeout is how long the
   * kernel gathers frames before it hands them over. `ready` is called once a turn of the event loop while frames wait,
   * with 0; or once with a negative error number of libuv's when the socket failed, which ends the polling. Of frames that may
   * carry a name `nameBytes` are captured, where that is more; 0 makes no difference between frames.
   */
  open(
    interfaceName: string,
    filter: string,
    bufferBytes: number,
    snapshotBytes: number,
    nameBytes: number,
    timeoutMs: number,
    promiscuous: boolean,
    ready: (status: number) => void,
  ): CaptureHandle;
  /** The DLT_ value of its frames. */
  linkType(capture: CaptureHandle): number;
  /** False where no more is captured of frames that may carry a name: that link type has no program for it, or the filter is too long. */
  namesPass(capture: CaptureHandle): boolean;
  /** Its socket's descriptor, good until `close`. */
  descriptor(capture: CaptureHandle): number;
  /** Lets `ready` be called. */
  poll(capture: CaptureHandle): void;
  /** Lets `ready` be called no more until the next `poll`. */
  rest(capture: CaptureHandle): void;
  /**
   * Moves waiting frames to the start of `into` and returns how many bytes they fill. Each frame begins at a multiple
   * of eight: float64 timestamp in microseconds since the epoch, uint32 captured bytes, uint32 wire bytes (in this
   * machine's byte order), then the captured bytes of this part. Up to a longest frame's room may stay empty.
   */
  read(capture: CaptureHandle, into: Uint8Array, part: FramePart): number;
  /** Frames since it was opened: see CaptureCounts. */
  statistics(capture: CaptureHandle): { offered: number; dropped: number };
  /** Safe to call again. */
  close(capture: CaptureHandle): void;

  /**
   * Reads a regular file's plain pcap records from `offset` on, of at most `snapshotBytes` captured bytes each, into
   * `slots`, which has room for all of them. Any part but the whole is for Ethernet only. The descriptor may be closed at any
   * time.
   */
  openAhead(
    descriptor: number,
    offset: number,
    snapshotBytes: number,
    nanoseconds: boolean,
    part: FramePart,
    slots: ArrayBuffer,
  ): AheadHandle;
  /**
   * Gives the slot taken before back, waits for the next one, and returns how many of its bytes are filled: see `read`.
   * 0 before a record that is not plain, at the end of the file and where it cannot be read: see `offsetAhead`.
   */
  nextAhead(file: AheadHandle): number;
  /** Where the first record lies that was not given, once `nextAhead` has returned 0. */
  offsetAhead(file: AheadHandle): number;
  /** Safe to call again. */
  closeAhead(file: AheadHandle): void;

  listDevices(): NativeDevice[];
  /** Undefined where there is no such interface. `hardwareType` is an ARPHRD_ number. */
  interfaceState(name: string): { up: boolean; loopback: boolean; hardwareType: number } | undefined;

  /**
   * Has the kernel tell of all interfaces there are, and from now on of each that is made, renamed or deleted
   * (rtnetlink(7)). Returns a descriptor for whoever opened it to close.
   */
  openInterfaceNotices(): number;
  /** What was told since the last call, in order; never waits. Tells of interfaces again where there was too much to tell. */
  readInterfaceNotices(descriptor: number): InterfaceNotice[];

  /**
   * Lets a packet socket take frames of this interface, by the name's present meaning, from now on, and of no other. The one
   * before leaves promiscuous mode.
   */
  listen(descriptor: number, interfaceName: string, promiscuous: boolean): void;
  /** Binds a packet socket to this interface, of which it takes no frame yet. */
  standBy(descriptor: number, interfaceName: string, promiscuous: boolean): void;
  /** Has the interface of this index take frames for other hosts too, for as long as the packet socket is open. */
  makePromiscuous(descriptor: number, index: number): void;
  /** Lets a packet socket take no more frames; those taken before stay to be read. */
  pause(descriptor: number): void;
  /**
   * Lets a packet socket that takes no frame (see `open`) take those of this interface in place of another socket, which
   * takes none from then on; what the other took before stays to be read. Returns for how many milliseconds neither took
   * any. Where it throws, all is as before.
   */
  takeOver(from: number, to: number, interfaceName: string, promiscuous: boolean): number;
  /** Spares a packet socket the frames that this host sends: on loopback every frame is sent and received. */
  ignoreOutgoing(descriptor: number): void;
  /** PACKET_STATISTICS of packet(7): frames that passed the filter and, of those, dropped ones, since the last call. */
  packetStatistics(descriptor: number): { offered: number; dropped: number };

  /**
   * Has `failed` called where libuv's poll of this descriptor fails, in place of the callback that polls it. The poll
   * goes on.
   */
  guardPoll(descriptor: number, failed: (status: number) => void): void;
  /** Lets go of a poll that was stopped. */
  unguardPoll(descriptor: number): void;

  /**
   * Lets one thread of this process give up all capabilities (capabilities(7)), and the chance to gain any by running a
   * program (PR_SET_NO_NEW_PRIVS). Threads have both each for itself, and one that is not the caller is told by a signal
   * that cannot be blocked. False where there is no such thread or it did not answer within a second.
   */
  dropCapabilities(threadId: number): boolean;

  /**
   * A UDP socket that is connected to a numeric address and sends nothing in fragments: its descriptor, or a negative error
   * number of libuv's. To a multicast address, its datagrams pass at most this many routers.
   */
  connectDatagrams(address: string, port: number, multicastHops: number): number;
  /** A datagram socket of the Unix domain that is connected to this path: its descriptor, or a negative error number. */
  connectUnixDatagrams(path: string): number;
  /**
   * Sends bytes from `start` to `end` (exclusive) as one datagram: 0, or a negative error number of libuv's. EAGAIN says that
   * there is no room now, EMSGSIZE that the path takes no datagram of this length, or that it did not take an earlier one.
   */
  sendDatagram(descriptor: number, bytes: Uint8Array, start: number, end: number): number;
  /** The same for one that is longer than the path takes in one piece. */
  sendInFragments(descriptor: number, bytes: Uint8Array, start: number, end: number): number;
  /** The longest IP packet that the path to the other end takes, as far as the kernel knows; 0 where it does not tell. */
  pathMtu(descriptor: number): number;

  /**
   * The receive buffer that a connected UDP socket's datagrams go into, where they go over loopback: bytes of memory of what
   * is unread, in use for it, and at the most; datagrams that were dropped (for want of room nearly all) since the socket
   * was opened; and a number of its own. Undefined where there is none, as in another network namespace, where it is none
   * of this host's, or one with another of its IPv6 addresses; and where the kernel does not tell (sock_diag(7)).
   */
  receiveBuffer(
    descriptor: number,
  ):
    | { unreadBytes: number; usedBytes: number; limitBytes: number; dropped: number; socket: number }
    | undefined;

  /**
   * Bytes that were written to a TCP socket, and that the other end's kernel has not acknowledged (tcp(7), SIOCOUTQ); a
   * negative error number where it does not tell.
   */
  unacknowledged(descriptor: number): number;
  /**
   * How often in a row the kernel has sent again, or asked whether there is room, without an answer of the other end's
   * (tcp(7), TCP_INFO); a negative error number where it does not tell, and for sockets that are not of TCP.
   */
  unanswered(descriptor: number): number;

  /** Takes the lock of a file (flock(2)), which ends with the descriptor: 0, or a negative error number, EAGAIN where somebody has it. */
  lockFile(descriptor: number): number;

  /**
   * What clocks on the wall show at an instant, by the C library and TZ: seconds since the epoch in, and out what they
   * show, as seconds since 1970-01-01 00:00 on the wall. Whole seconds.
   */
  localTime(seconds: number): number;

  /** From now on a crash leaves no core of this process (core(5)), which would hold its secrets. */
  forbidCore(): void;

  /** Ends the process as _exit(2) does: at once, whatever its threads are about, and whatever streams still hold. */
  exit(code: number): never;
}

/** Steps with the functions above; an addon that was built from other sources is not used. */
const version = 23;
const relativePath = 'native/build/Release/capture.node';
/** From this file up to the project's folder: dist/src/host/, or a test's build folder of some depth. */
const mostFoldersUp = 8;

export type LoadedNative =
  | { readonly native: Native }
  | { readonly native: undefined; readonly reason: string; readonly problem: string };

let loaded: LoadedNative | undefined;

/** Loads the addon the first time it is called. `reason` says why there is none, `problem` adds the remedy. */
export function loadNative(): LoadedNative {
  loaded ??= load();
  return loaded;
}

function load(): LoadedNative {
  const remedy = 'build it with "npm run bindings"';
  const path = find();
  if (path === undefined) return missing(`${relativePath} is not there`, remedy);
  try {
    const native: Native & { readonly version: number } = createRequire(import.meta.url)(path);
    if (native.version === version) return { native };
    return missing(`${path} was built from other sources`, `${remedy} anew`);
  } catch (error) {
    return missing(`${path} does not load (${(error as Error).message})`, `${remedy} anew`);
  }
}

function missing(reason: string, remedy: string): LoadedNative {
  return { native: undefined, reason, problem: `${reason}; ${remedy}` };
}

function find(): string | undefined {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (let up = 0; up < mostFoldersUp; up++, folder = dirname(folder)) {
    const path = join(folder, relativePath);
    if (existsSync(path)) return path;
  }
  return undefined;
}
