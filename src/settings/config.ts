/**
 * What a run was asked for, frozen in all its parts before anything starts. Settings are checked as far as their words go;
 * whether there is such an interface, file or host, the stages find out.
 */
import type { NameOrigin } from './name-origins.js';
import type { ValueOf } from './option-row.js';
import type { rows } from './options.js';
import type { SchemeName } from './outputs/schemes.js';
import type { Written } from './settings.js';

type Rows = typeof rows;

export interface Config {
  readonly input: InputConfig;
  /** Which packet of a frame counts. */
  readonly tunnels: ValueOf<Rows['tunnels']>;
  readonly intervalMs: number;
  readonly maxFlows: number;
  /** Never empty, and no two with the same target. */
  readonly outputs: readonly OutputConfig[];
  /** Whether stdout, where it is a terminal, gets a table in place of JSON lines. */
  readonly tableOnTerminal: boolean;
  /** Whether records carry an agent's name and a number. */
  readonly numbered: boolean;
  readonly names: NamesConfig;
  /** Whether, and when, the kernel is asked whose sockets flows are of. Of captures only. */
  readonly owners: ValueOf<Rows['owners']>;
  readonly ranges: RangesConfig;
  /** Networks as they were written, with where: "office=10.1.0.0/16,10.2.0.0/16", or a file of them. */
  readonly networks: readonly Written[];
  /** "env:prod" each. */
  readonly tags: readonly string[];
  /** What the records are said to come from, where somebody says so. */
  readonly service: string | undefined;
  /** Whom to become when started as root; undefined leaves the choice to privileges.ts. */
  readonly user: string | undefined;
}

/** One place that records go to, with its own settings. */
export interface OutputConfig {
  /** HOST:PORT or a URL, as it was written but for its query; "-" is stdout. */
  readonly target: string;
  /** What kind of output it is: "-" is stdout. */
  readonly scheme: SchemeName;
  /** What follows the scheme: HOST:PORT, a host with a path, a path. */
  readonly address: string;
  /** How records become bytes. */
  readonly format: 'json' | 'ipfix';
  /** What named it, for errors about it: "--to" or "PCAP_AGG_TO". */
  readonly option: string;
  /** Datagrams per second at most. */
  readonly ratePerSecond: number;
  /** Bytes of waiting records at most. */
  readonly queueBytes: number;
  /** Records are packed into datagrams of up to this many bytes; 0 sends each alone. */
  readonly packBytes: number;
  /** A schema's name, or that of a file (it ends in .json). */
  readonly schema: string;
  readonly records: RecordsConfig;
  /** How many routers a datagram to a multicast address may pass. */
  readonly multicastHops: number;
  readonly framing: 'newline' | 'octet-counted';
  readonly tls: TlsConfig;
  /** The file with the API key or token. */
  readonly keyFile: string | undefined;
  readonly compress: 'gzip' | 'none';
  /** The size or age at which another file is begun. */
  readonly rotate: { readonly bytes?: number; readonly ms?: number } | undefined;
  /** How many rotated files to keep. */
  readonly keep: number;
  /** IPFIX's observation domain, within which messages are numbered. */
  readonly observationDomain: number;
  /** The folder that waiting records are kept in; undefined is memory. */
  readonly spool: string | undefined;
  readonly spoolBytes: number;
}

/** Names of PEM files, and whether the reader's certificate is verified. */
export interface TlsConfig {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly servername: string | undefined;
  readonly verifies: boolean;
}

/** How a window's flows become records. */
export interface RecordsConfig {
  /** Both directions of a conversation are one record. */
  readonly biflow: boolean;
  /** So many records with the most bytes, and so many with the most packets, are told by themselves; infinity tells all. */
  readonly top: number;
  /** In what flows may differ that are told as one. */
  readonly groups: ValueOf<Rows['group']>;
  /** Smaller records are told as the rest of their protocol. */
  readonly minBytes: number;
  readonly minPackets: number;
}

export type InputConfig = LiveInputConfig | FilesInputConfig | StdinInputConfig;

export interface LiveInputConfig {
  readonly kind: 'live';
  /** Interfaces by name, or patterns of names; "auto" stands for the default route's. Never empty. */
  readonly interfaces: readonly string[];
  readonly engine: ValueOf<Rows['engine']>;
  /** The user's own filter words; "" when there are none. */
  readonly filter: string;
  readonly bufferBytes: number;
  readonly snapshotBytes: number;
  readonly promiscuous: boolean;
  readonly direction: ValueOf<Rows['direction']>;
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
  /** Where names may come from, as far as records show them. */
  readonly from: readonly NameOrigin[];
  /** Whether the user said so: else `legacy` shows those of reverse DNS alone. */
  readonly chosen: boolean;
  /** Resolvers as they were written; empty means the system's. */
  readonly resolvers: readonly string[];
  readonly namesFor: ValueOf<Rows['namesFor']>;
}

export interface RangesConfig {
  /** A URL, a file name or "off"; undefined means the site's own address. */
  readonly source: string | undefined;
  readonly site: string;
}

/** What stdin is, as the process finds it: something to read, or nothing of use. */
export type StdinKind = 'data' | 'nothing';
