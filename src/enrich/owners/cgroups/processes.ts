/**
 * Which process a control group has, and which command its processes have (comm of proc(5)), where that is one: anybody may read both. It says
 * what the group has, not who made a socket; so a group that was seen with several never has one again. A service that is started anew gets
 * a new group.
 *
 * A process may end and its number be given to a stranger while this reads. So the list of the group's is read before and after the commands,
 * and counts only where both are the same.
 */
import { closeSync, lstatSync, openSync, readSync } from 'node:fs';
import { shownText } from '../shown-text.js';
import { type Cgroup, pathBytes } from './cgroup.js';
import { type GroupProcesses, newProcessState, type ProcessState } from './process-state.js';

/** How old an answer may be that somebody asks for; where it could not be read whole, how soon that is tried again. */
const refreshMs = 10_000;
const againMs = 1_000;
const mostProcesses = 64;
/** A number and a line's end take eight bytes at most. */
const listBytes = 1_024;
/** More than TASK_COMM_LEN of linux/sched.h and the line's end. */
const commandBytes = 32;

export class Processes {
  readonly counts = {
    /** Groups that were read. */
    read: 0,
    /** Groups that changed meanwhile, that have too many processes, or that cannot be read. */
    changed: 0,
    tooMany: 0,
    unreadable: 0,
    /** Processes whose command nobody may see. */
    hidden: 0,
  };
  readonly #nowMs: () => number;
  readonly #waiting: Cgroup[] = [];
  readonly #bytes = Buffer.allocUnsafe(listBytes);

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  /** By what is known now. What is not, or was read a while ago, is read in the background. */
  of(group: Cgroup): GroupProcesses {
    group.processes ??= newProcessState();
    const state = group.processes;
    const isSettled = state.hasSeveral && state.hasCommands;
    if (!state.isWaiting && !isSettled && !group.isGone && this.#nowMs() >= state.readMs + refreshMs) {
      state.isWaiting = true;
      this.#waiting.push(group);
    }
    return state.answer;
  }

  /** Reads those that wait until the time is over, the earliest first. */
  work(deadlineMs: number): void {
    let done = 0;
    while (done < this.#waiting.length && this.#nowMs() < deadlineMs) this.#refresh(this.#waiting[done++]!);
    this.#waiting.splice(0, done);
  }

  #refresh(group: Cgroup): void {
    const state = group.processes!;
    state.isWaiting = false;
    state.readMs = this.#nowMs();
    if (group.isGone) return;
    this.counts.read++;
    const pids = this.#pidsIn(group);
    // Of a group that has none any more the last one may have had the socket.
    if (pids === undefined || pids.length === 0) return;
    const commands = state.hasCommands ? [] : pids.map((pid) => this.#commandOf(pid));
    const pidsAfter = this.#pidsIn(group);
    if (!isStillThere(group)) return;
    if (pids.length > 1) state.hasSeveral = true;
    if (pidsAfter?.join() !== pids.join()) {
      this.counts.changed++;
      state.readMs += againMs - refreshMs;
    } else if (new Set(commands).size > 1) state.hasCommands = true;
    else answer(state, pids[0]!, commands[0] ?? null);
    answer(state, state.answer.pid, state.answer.command);
  }

  /** Undefined where they cannot be read, and of a group with too many: it counts as one of several. */
  #pidsIn(group: Cgroup): number[] | undefined {
    const text = this.#read(pathBytes(group, 'cgroup.procs'), listBytes);
    if (text === undefined) {
      this.counts.unreadable++;
      return undefined;
    }
    const pids = pidsOf(text);
    if (pids.length <= mostProcesses && text.length < listBytes) return pids;
    this.counts.tooMany++;
    group.processes!.hasSeveral = true;
    group.processes!.hasCommands = true;
    answer(group.processes!, -1, null);
    return undefined;
  }

  #commandOf(pid: number): string | null {
    const text = pid < 0 ? undefined : this.#read(Buffer.from(`/proc/${pid}/comm`), commandBytes);
    if (text !== undefined) return commandIn(text);
    this.counts.hidden++;
    return null;
  }

  /** A small file of the kernel's, a byte a character. */
  #read(path: Buffer, mostBytes: number): string | undefined {
    let file: number | undefined;
    try {
      file = openSync(path, 'r');
      let filled = 0;
      while (filled < mostBytes) {
        const bytesRead = readSync(file, this.#bytes, filled, mostBytes - filled, null);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return this.#bytes.toString('latin1', 0, filled);
    } catch {
      return undefined;
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }
}

/** Whether the directory of its name is its own. */
function isStillThere(group: Cgroup): boolean {
  try {
    return lstatSync(pathBytes(group)).ino === group.id;
  } catch {
    return false;
  }
}

function answer(state: ProcessState, onePid: number, oneCommand: string | null): void {
  const pid = state.hasSeveral ? -1 : onePid;
  const command = state.hasCommands ? null : oneCommand;
  if (state.answer.pid !== pid || state.answer.command !== command) state.answer = { pid, command };
}

/** The processes in a cgroup.procs. One of another process namespace, which stands there as 0, has no number here: -1. */
export function pidsOf(procs: string): number[] {
  return (procs.match(/^\d{1,10}$/gm) ?? []).map((digits) => Number(digits) || -1);
}

/** The command in a comm file: fifteen bytes that the process chose. */
export function commandIn(comm: string): string {
  return shownText(comm.replace(/\n$/, ''));
}
