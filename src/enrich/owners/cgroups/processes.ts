/**
 * The process of a control group, where it has just one, and the command of its processes (comm of proc(5)), where they have just one.
 * Anybody may read both. They tell what is in the group, not who made a socket: so a group that had several once has none from then on.
 * A service that is restarted gets a new group.
 *
 * While this reads, a process may end and its number may go to a stranger. So the group's list is read before and after the commands, and
 * counts only if both are equal.
 */
import { closeSync, lstatSync, openSync, readSync } from 'node:fs';
import { shownText } from '../shown-text.js';
import { type Cgroup, pathBytes } from './cgroup.js';
import { type GroupProcesses, newProcessState, type ProcessState } from './process-state.js';

/** How old an answer may be before it is read again, and how soon it is read again where the group changed meanwhile. */
const refreshMs = 10_000;
const againMs = 1_000;
const mostProcesses = 64;
/** A process number and its line end take eight bytes at most. */
const listBytes = 1_024;
/** More than TASK_COMM_LEN of linux/sched.h and a line end. */
const commandBytes = 32;

export class Processes {
  readonly counts = {
    /** Groups that were read. */
    read: 0,
    /** Groups that changed while they were read, that have too many processes, or that cannot be read. */
    changed: 0,
    tooMany: 0,
    unreadable: 0,
    /** Processes whose command is hidden. */
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

  /** What is known now. What is unknown, or was read long ago, is read in the background. */
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

  /** Reads the groups that wait, the earliest first, until `deadlineMs`. */
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
    // When the last process has gone, it may be the one that had the socket: what is known stays.
    if (pids === undefined || pids.length === 0) return;
    const commands = state.hasCommands ? [] : pids.map((pid) => this.#commandOf(pid));
    const pidsAfter = this.#pidsIn(group);
    if (!isStillThere(group)) return;
    // One that came after another may not be the one that made a socket.
    const isAnother = state.answer.pid >= 0 && pids[0] !== state.answer.pid;
    if (pids.length > 1 || isAnother) state.hasSeveral = true;
    const earlier = state.hasSeveral && state.answer.command !== null ? [state.answer.command] : [];
    if (pidsAfter?.join() !== pids.join()) {
      this.counts.changed++;
      state.readMs += againMs - refreshMs;
    } else if (new Set([...commands, ...earlier]).size > 1) state.hasCommands = true;
    else answer(state, pids[0]!, commands[0] ?? null);
    answer(state, state.answer.pid, state.answer.command);
  }

  /** Undefined where they cannot be read, and where there are too many; such a group counts as one of several processes and commands. */
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

  /** A small file of /proc or /sys, one character for each byte. Undefined where it cannot be read. */
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

/** Whether the directory at its path is still the same one. */
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

/** The processes in a cgroup.procs. A process of another pid namespace stands there as 0, and has no number here: -1. */
export function pidsOf(procs: string): number[] {
  return (procs.match(/^\d{1,10}$/gm) ?? []).map((digits) => Number(digits) || -1);
}

/** The command in a comm file: fifteen bytes that the process chose. */
export function commandIn(comm: string): string {
  return shownText(comm.replace(/\n$/, ''));
}
