/** What is known of the processes of a control group. */

export interface GroupProcesses {
  /** -1 where there is not one alone. */
  readonly pid: number;
  /** Null where they have several, or nobody may see it (hidepid of proc(5), ProtectProc= of systemd). */
  readonly command: string | null;
}

export interface ProcessState {
  /** The same object until something changed. */
  answer: GroupProcesses;
  /** When it was read last, on the steady clock. */
  readMs: number;
  isWaiting: boolean;
  /** It was seen with several processes, and with several commands. */
  hasSeveral: boolean;
  hasCommands: boolean;
}

/** Of a group that nobody has read. */
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
