/** What every check is given and what it gives back. */
import type { PrivilegeFacts } from '../host/rights/privileges.js';
import type { LiveOptions } from '../source/live/live.js';
import type { OutputSubject } from './outputs/output.js';

export type Level = 'ok' | 'warn' | 'fail';

export interface Finding {
  readonly level: Level;
  /** What was found and, where it takes more than a command, what to do; without a full stop. */
  readonly found: string;
  /** The command that mends it, or tells more of it. */
  readonly command?: string;
}

/** One thing that can be wrong with the host: a file in checks/, a row in checks.ts. */
export interface Check {
  /** One word of at most eleven letters. */
  readonly name: string;
  /** Never rejects for anything that is wrong with the host, and takes no longer than some seconds. */
  run(subject: Subject): Promise<readonly Finding[]>;
}

/** The run that is to be made possible, and the process that would do it. */
export interface Subject {
  /** As -i has them; "auto" is the default route's. Never empty. */
  readonly interfaces: readonly string[];
  /** Whether they are patterns of names. */
  readonly byPattern: boolean;
  readonly engine: 'auto' | 'cap' | 'batch';
  /** What interfaces would be opened with. */
  readonly live: Omit<LiveOptions, 'interface'>;
  /** Where records go. */
  readonly outputs: readonly OutputSubject[];
  readonly names: {
    /** Their origins, as --names has them, as far as a record shows them. */
    readonly from: readonly string[];
    /** Whether the user said so. */
    readonly chosen: boolean;
    /** As --dns has them; empty means the system's. */
    readonly resolvers: readonly string[];
  };
  readonly owners: {
    /** As --owners has it. */
    readonly mode: 'off' | 'on' | 'syn';
    /** Whether a record shows them, or is one of several flows for them. */
    readonly shown: boolean;
  };
  readonly ranges: {
    /** A URL, a file's name or "off"; undefined means the site's own address. */
    readonly source: string | undefined;
    readonly site: string;
  };
  /** As -Z has it. */
  readonly user: string | undefined;
  readonly privileges: PrivilegeFacts;
  /** The words that make the run, for commands that repeat it. */
  readonly command: readonly string[];
}

export const ok = (found: string): Finding => ({ level: 'ok', found });
export const warn = (found: string, command?: string): Finding => finding('warn', found, command);
export const fail = (found: string, command?: string): Finding => finding('fail', found, command);

function finding(level: Level, found: string, command: string | undefined): Finding {
  return command === undefined ? { level, found } : { level, found, command };
}
