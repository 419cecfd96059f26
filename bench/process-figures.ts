/** CPU time and memory of a running process and its descendants, from /proc (proc(5)). */
import { readdirSync, readFileSync } from 'node:fs';

export interface Figures {
  /** On a CPU since each thread's start, in nanoseconds. Threads that have ended are not in it. */
  readonly cpuNs: number;
  readonly residentKib: number;
}

/** Of the whole tree below `pid`. What ends meanwhile counts nothing. */
export function figuresOf(pid: number): Figures {
  let cpuNs = 0;
  let residentKib = 0;
  for (const member of treeOf(pid)) {
    for (const thread of entries(`/proc/${member}/task`)) {
      // First field: nanoseconds on a CPU. utime and stime would count whole ticks of 4 or 10 ms.
      cpuNs += Number(text(`/proc/${member}/task/${thread}/schedstat`).split(' ')[0] || 0);
    }
    residentKib += Number(/^VmRSS:\s+(\d+)/m.exec(text(`/proc/${member}/status`))?.[1] ?? 0);
  }
  return { cpuNs, residentKib };
}

/** The process and all its descendants. */
export function treeOf(pid: number): number[] {
  const found = [pid];
  for (let index = 0; index < found.length; index++) {
    for (const thread of entries(`/proc/${found[index]}/task`)) {
      const children = text(`/proc/${found[index]}/task/${thread}/children`).trim();
      if (children !== '') found.push(...children.split(' ').map(Number));
    }
  }
  return found;
}

/** How many capturing sockets stand open in the process's network namespace. */
export function captureSockets(pid: number): number {
  return Math.max(0, text(`/proc/${pid}/net/packet`).trim().split('\n').length - 1);
}

/** Frames that an interface of the process's network namespace has received. */
export function framesReceived(pid: number, networkInterface: string): number {
  for (const line of text(`/proc/${pid}/net/dev`).split('\n')) {
    const [name, figures] = line.split(':');
    if (name?.trim() === networkInterface) return Number(figures?.trim().split(/\s+/)[1]);
  }
  return 0;
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function entries(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
