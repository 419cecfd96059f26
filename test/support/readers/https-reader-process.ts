/**
 * Entry of a process that is an HTTPS reader: its certificate's and key's file names are its arguments, then the address that
 * it listens at. It tells its port, and for each message the records that it has.
 */
import { readFileSync } from 'node:fs';
import { recordsOf, startHttpReader } from './http-reader.js';

const [cert = '', key = '', address = ''] = process.argv.slice(2);
const tls = { cert: readFileSync(cert), key: readFileSync(key) };
const reader = await startHttpReader(undefined, { tls, address });
process.on('message', () => process.send!(recordsOf(reader.taken)));
process.on('disconnect', () => process.exit());
process.send!(reader.port);
