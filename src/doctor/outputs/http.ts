/** An output to an HTTP reader: the connection, the certificate, and whether it takes an empty request with the key. */
import { isIP } from 'node:net';
import { shellWords } from '../commands.js';
import { type Finding, fail, ok } from '../finding.js';
import { findingsOnConnection } from './connect.js';
import type { OutputSubject } from './output.js';

export async function findingsOnReader({
  target: name,
  prepared,
}: OutputSubject): Promise<readonly Finding[]> {
  if (prepared.kind === 'problem') return [fail(prepared.problem)];
  const { url, tls, probe } = prepared;
  if (url === undefined || probe === undefined) return [];
  const isTls = url.protocol === 'https:';
  const port = Number(url.port) || (isTls ? 443 : 80);
  const host = isIP(url.hostname.slice(1, -1)) === 6 ? url.hostname.slice(1, -1) : url.hostname;
  const connection = await findingsOnConnection({ name, host, port }, isTls ? tls : undefined);
  if (connection.some(({ level }) => level === 'fail')) return connection;
  const answer = await probe();
  if (answer.kind === 'sent')
    return [...connection, ok(`${name}: an empty request is answered as it should be`)];
  return [
    ...connection,
    fail(`${name}: ${answer.why}`, `curl -i ${shellWords([`${url.origin}${url.pathname}`])}`),
  ];
}
