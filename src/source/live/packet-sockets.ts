/** This process's packet sockets (packet(7)), found from outside the library that opened them. Linux only. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The descriptors of all of them. Empty where /proc does not tell. */
export function packetSockets(): Set<number> {
  const inodes = new Set((socketRows() ?? []).map((row) => row.at(-1)));
  const descriptors = entries('/proc/self/fd').filter((descriptor) => {
    const inode = inodeOf(descriptor);
    return inode !== undefined && inodes.has(inode);
  });
  return new Set(descriptors.map(Number));
}

/**
 * Whether an event loop of this process polls the descriptor. libuv takes a descriptor that reports an error out of its
 * poll set, and `cap` then does not hear of it any more. True also where /proc does not tell, as when the process may open
 * no more files: nothing is known to be wrong.
 */
export function isPolled(descriptor: number): boolean {
  const polls = entries('/proc/self/fd').filter(
    (other) => link(`/proc/self/fd/${other}`) === 'anon_inode:[eventpoll]',
  );
  const polled = new RegExp(`^tfd:\\s+${descriptor} `, 'm');
  const polledSets = polls.map((poll) => text(`/proc/self/fdinfo/${poll}`));
  return polledSets.length === 0 || polledSets.some((set) => set === '' || polled.test(set));
}

/**
 * Whether the socket takes frames: not while its interface is down, and nevermore when that was deleted. True also where
 * /proc does not tell.
 */
export function isRunning(descriptor: number): boolean {
  const inode = inodeOf(descriptor);
  const rows = socketRows();
  return rows === undefined || rows.some((row) => row.at(-1) === inode && row[runningColumn] === '1');
}

/** Columns of /proc/net/packet: sk, RefCnt, Type, Proto, Iface, R(unning), Rmem, User, Inode. */
const runningColumn = 5;

/** All packet sockets of the network namespace, column by column; undefined where there is not even the titles' line. */
function socketRows(): string[][] | undefined {
  const [titles, ...rows] = text('/proc/self/net/packet').trim().split('\n');
  if (titles === '') return undefined;
  return rows.map((row) => row.trim().split(/\s+/));
}

/** Undefined for what is no socket. */
function inodeOf(descriptor: number | string): string | undefined {
  return /^socket:\[(\d+)\]$/.exec(link(`/proc/self/fd/${descriptor}`))?.[1];
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A descriptor may be closed between listing and reading it. */
function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
