/** All proofs, in the order in which they are run. A file of cases is a line more. */
import type { ProofCase } from './case.js';
import { dialectCases } from './dialects.js';
import { fileCases } from './files.js';
import { httpsCases } from './https.js';
import { ipfixCases } from './ipfix.js';
import { liveCases } from './live.js';
import { logReaderCases } from './log-readers.js';
import { nginxCases } from './nginx.js';
import { rsyslogCases } from './rsyslog.js';
import { spoolCases } from './spool.js';
import { spoolTimeCases } from './spool-time.js';
import { streamCases } from './streams.js';
import { syslogNgCases } from './syslog-ng.js';
import { udpCases } from './udp.js';

export const proofCases: readonly ProofCase[] = [
  ...udpCases,
  ...rsyslogCases,
  ...streamCases,
  ...syslogNgCases,
  ...nginxCases,
  ...httpsCases,
  ...dialectCases,
  ...logReaderCases,
  ...fileCases,
  ...ipfixCases,
  ...spoolCases,
  ...spoolTimeCases,
  ...liveCases,
];
