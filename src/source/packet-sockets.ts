/** This process's packet sockets (packet(7)), found from outside the library that opened them. Linux only. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The descriptors of all of them. Empty where /proc does not tell. */
export function packetSockets(): Set<number> {
  const inodes = packetSocketInodes();
  const descriptors = entries('/proc/self/fd').filter((descriptor) => {
    const inode = /^socket:\[(\d+)\]$/.exec(link(`/proc/self/fd/${descriptor}`))?.[1];
    return inode !== undefined && inodes.has(inode);
  });
  return new Set(descriptors.map(Number));
}

/**
 * Whether an event loop of this process polls the descriptor. libuv takes a descriptor that reports an error out of its
 * poll set, and `cap` then does not hear of it any more.
 */
export function isPolled(descriptor: number): boolean {
  const polls = entries('/proc/self/fd').filter(
    (other) => link(`/proc/self/fd/${other}`) === 'anon_inode:[eventpoll]',
  );
  const polled = new RegExp(`^tfd:\\s+${descriptor} `, 'm');
  return polls.some((poll) => polled.test(text(`/proc/self/fdinfo/${poll}`)));
}

/** From the table of all packet sockets of the network namespace, whose last column is the inode. */
function packetSocketInodes(): Set<string | undefined> {
  const rows = text('/proc/self/net/packet').trim().split('\n').slice(1);
  return new Set(rows.map((row) => row.trim().split(/\s+/).at(-1)));
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
