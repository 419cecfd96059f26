/** What is known about the processes of a control group. */

export interface GroupProcesses {
  /** -1 unless there is exactly one. */
  readonly pid: number;
  /** Null where commands differ, or where they are hidden (hidepid of proc(5), ProtectProc= of systemd). */
  readonly command: string | null;
}

export interface ProcessState {
  /** The same object until something changes. */
  answer: GroupProcesses;
  /** When it was read last, on the steady clock. */
  readMs: number;
  isWaiting: boolean;
  /** The group had several processes once; it had several commands once. */
  hasSeveral: boolean;
  hasCommands: boolean;
}

/** The answer for a group that was not read yet. */
export const noProcesses: GroupProcesses = { pid: -1, command: null };

export function newProcessState(): ProcessState {
  return {
    answer: noProcesses,
    readMs: Number.NEGATIVE_INFINITY,
    isWaiting: false,
    hasSeveral: false,
    hasCommands: false,
  };
}
