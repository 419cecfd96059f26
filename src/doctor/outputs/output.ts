/** What the doctor is given of an output. */
import type { TlsSettings } from '../../sink/secrets.js';
import type { Answer } from '../../sink/transport.js';

export interface OutputSubject {
  /** HOST:PORT or a URL, as --to has it, without its query; "-" is stdout. */
  readonly target: string;
  /** What kind of output it is: "udp", "tls", "-". */
  readonly scheme: string;
  /** What follows the scheme. */
  readonly address: string;
  /** Its file is rotated, in a folder that has to be writable then. */
  readonly rotates: boolean;
  /** The folder that waiting records are kept in; undefined is memory. */
  readonly spool: string | undefined;
  /** How much of them. */
  readonly spoolBytes: number;
  readonly prepared: Prepared;
}

/** What had to be read with all rights: keys and certificates, or why they cannot be used. */
export type Prepared =
  | { readonly kind: 'problem'; readonly problem: string }
  | {
      readonly kind: 'ready';
      /** What to connect with; undefined without TLS. */
      readonly tls?: TlsSettings | undefined;
      /** Asks an HTTP reader something that changes nothing: 'sent' where it would take records. */
      readonly probe?: (() => Promise<Answer>) | undefined;
      /** Where an HTTP reader is. */
      readonly url?: URL | undefined;
    };

export const isDatagrams = (scheme: string): boolean => scheme === 'udp' || scheme === 'ipfix';
export const isHttp = (scheme: string): boolean => /(?:^|\+)https?$|^datadog$/.test(scheme);
export const isSocket = (scheme: string): boolean => scheme === 'unix' || scheme === 'unix-stream';
