/** Settings that only an output has, in the query of its --to: no option of the command line is their default. */
import type { OptionRow } from './option-row.js';
import { asText, byteSize, count, oneOf, sizeOrTime } from './values.js';

export const outputRows = {
  ttl: {
    name: 'ttl',
    read: count([0, 255]),
    argument: 'HOPS',
    default: '1',
    help: 'how many routers a datagram to a multicast address may pass',
    group: 'Output',
  },
  framing: {
    name: 'framing',
    ...oneOf('newline', 'octet-counted'),
    help: 'newline ends each record with a newline; octet-counted makes each a syslog message (RFC 5424) behind its length (RFC 6587)',
    group: 'Output',
  },
  ca: {
    name: 'ca',
    read: asText,
    argument: 'FILE',
    help: "certificates of the authorities that may have signed the reader's, in PEM, in place of the system's",
    group: 'Output',
  },
  cert: {
    name: 'cert',
    read: asText,
    argument: 'FILE',
    help: 'the certificate that the reader gets to see, in PEM',
    group: 'Output',
  },
  key: {
    name: 'key',
    read: asText,
    argument: 'FILE',
    help: 'the private key of cert=, in PEM',
    group: 'Output',
  },
  servername: {
    name: 'servername',
    read: asText,
    argument: 'NAME',
    help: "the name that the reader's certificate has to have, where it is not the host's",
    group: 'Output',
  },
  verify: {
    name: 'verify',
    ...oneOf('on', 'off'),
    default: 'on',
    help: 'off takes any certificate, and so anybody for the reader: for a test only',
    group: 'Output',
  },
  keyFile: {
    name: 'key-file',
    read: asText,
    argument: 'FILE',
    help: 'the file that holds the API key or token, where no environment variable does',
    group: 'Output',
  },
  compress: {
    name: 'compress',
    ...oneOf('gzip', 'none'),
    default: 'gzip',
    help: 'how bodies of requests are compressed',
    group: 'Output',
  },
  rotate: {
    name: 'rotate',
    ...sizeOrTime([1024 * 1024, 1024 ** 4], [1_000, 366 * 86_400_000]),
    help: 'begin another file at this size or age: 100MB, 1h',
    group: 'Output',
  },
  keep: {
    name: 'keep',
    read: count([1, 100_000]),
    argument: 'N',
    default: '10',
    help: 'how many rotated files stay; older ones are deleted',
    group: 'Output',
  },
  spool: {
    name: 'spool',
    read: asText,
    argument: 'FOLDER',
    help: 'keep waiting records in this folder, over restarts and crashes, in place of memory',
    group: 'Output',
  },
  spoolSize: {
    name: 'spool-size',
    ...byteSize([1024 * 1024, 1024 ** 4]),
    default: '1GB',
    help: 'how much the spool may hold; when it is full, the oldest records give way and are counted',
    group: 'Output',
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
