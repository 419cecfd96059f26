/** What the command line asked for, checked and frozen before anything starts. */

export interface Config {
  readonly input: InputConfig;
  readonly intervalMs: number;
  readonly maxFlows: number;
  /** Each --to as it was written; empty means stdout. */
  readonly targets: readonly string[];
  /** Datagrams a second at the most, for each target. */
  readonly ratePerSecond: number;
  /** Bytes of records that wait for one target at the most. */
  readonly queueBytes: number;
  /** Records are packed into datagrams of up to so many bytes; 0 sends each alone. */
  readonly packBytes: number;
  /** Whether records carry an agent's name and a number. */
  readonly numbered: boolean;
  readonly names: NamesConfig;
  readonly ranges: RangesConfig;
  /** Whom to become when started as root; undefined leaves the choice to privileges.ts. */
  readonly user: string | undefined;
}

export type InputConfig = LiveInputConfig | FilesInputConfig | StdinInputConfig;

export interface LiveInputConfig {
  readonly kind: 'live';
  /** Interfaces by name; "auto" stands for the default route's. Never empty. */
  readonly interfaces: readonly string[];
  readonly engine: 'cap' | 'batch';
  /** The user's own filter words; "" when there are none. */
  readonly filter: string;
  readonly bufferBytes: number;
  readonly snapshotBytes: number;
  readonly promiscuous: boolean;
  readonly direction: 'in' | 'out' | 'inout';
  readonly exitOnInterfaceLoss: boolean;
}

export interface FilesInputConfig {
  readonly kind: 'files';
  /** File names; "-" is stdin. Never empty. */
  readonly files: readonly string[];
}

/** Whatever arrives on stdin, on the wall clock: the pipeline `tcpdump … | pcap-agg`. */
export interface StdinInputConfig {
  readonly kind: 'stdin';
}

export interface NamesConfig {
  readonly enabled: boolean;
  /** Resolvers as they were written; empty means the system's. */
  readonly resolvers: readonly string[];
  readonly namesFor: 'all' | 'public';
}

export interface RangesConfig {
  /** A URL, a file name or "off"; undefined means the site's own address. */
  readonly source: string | undefined;
  readonly site: string;
}

/** What stdin is, as the process finds it: something to read, or nothing of use. */
export type StdinKind = 'data' | 'nothing';

/** A wrong option, value or combination: one line that names the value, what is wrong and the remedy. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
