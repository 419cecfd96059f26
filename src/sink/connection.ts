/** What all kinds of connections share: their ends are told to the capture, and their failures to people. */
import type { Socket } from 'node:net';
import { printable } from './printable.js';
import type { ConnectionEnds, Retry } from './transport.js';

/**
 * Reports both ends of each connection attempt of a socket: after the kernel chose the local port, and before
 * any packet of it can be read from a capture.
 */
export function tellEnds(socket: Socket, connects: (ends: ConnectionEnds) => void): void {
  socket.on('connectionAttempt', (address: string, port: number) =>
    process.nextTick(() => {
      const { localAddress, localPort } = socket;
      if (localAddress !== undefined && localPort !== undefined)
        connects({ localAddress, localPort, address, port });
    }),
  );
}

type Failure = Pick<Retry, 'why' | 'absence'>;

/** The caller adds `mayHaveArrived`. */
export function connectionFailure(error: Error): Failure {
  const { code = '' } = error as NodeJS.ErrnoException;
  const known = failures[code] ?? certificateProblem(code, error);
  if (known !== undefined)
    return { why: known, absence: code === 'ECONNREFUSED' ? 'refused' : 'unreachable' };
  return { why: printable(`${error.message || 'the connection failed'}`), absence: 'unreachable' };
}

const broke = 'the connection broke';
const unresolved = 'its name has no address; check the name, and the DNS of this host';
const noWay = 'no way leads to it; check the address, and the routes of this host';
const silent = 'it does not answer; check the address, and the firewalls on the way';
const unknownAuthority =
  'its certificate is signed by an authority that is not known here; add ca=FILE with the certificate of that authority';
const notTls = 'it does not speak TLS there; check the port, or choose the scheme without TLS';
const wantsCertificate = 'it does not take this certificate, or wants one; add cert=FILE and key=FILE';

/** By Node's or OpenSSL's code. */
const failures: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused; check that it runs, and the port',
  ECONNRESET: broke,
  EPIPE: broke,
  ENOTFOUND: unresolved,
  ENODATA: unresolved,
  EAI_AGAIN: 'its name cannot be looked up now (EAI_AGAIN); check the DNS of this host',
  EHOSTUNREACH: noWay,
  ENETUNREACH: noWay,
  EADDRNOTAVAIL: noWay,
  ETIMEDOUT: silent,
  ENOENT: 'there is no such socket; check that it runs, and the path',
  EACCES: 'this process may not write to its socket; give its user (-Z) the right to',
  EPROTOTYPE: 'its socket is of another kind; unix-stream:PATH is for streams, unix:PATH for datagrams',
  CERT_HAS_EXPIRED: 'its certificate has expired; give it a new one, and check the clock of this host',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; check the clocks of both hosts',
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  ERR_SSL_WRONG_VERSION_NUMBER: notTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls,
  ERR_SSL_HTTP_REQUEST: notTls,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: wantsCertificate,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: wantsCertificate,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: wantsCertificate,
};

function certificateProblem(code: string, error: Error): string | undefined {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const { subjectaltname = '' } = (error as { cert?: { subjectaltname?: string } }).cert ?? {};
    const names = printable(subjectaltname, 100) || 'no name';
    return `its certificate is for another name (${names}); write that name, or add servername=NAME`;
  }
  if (code.startsWith('HPE_')) return `it does not speak HTTP there (${code}); check the port`;
  if (/^(?:CERT_|UNABLE_TO_|INVALID_|ERR_TLS_CERT)/.test(code))
    return `its certificate is not valid (${code}); give it another one, or name its authority by ca=FILE`;
  // The same codes come from a port that speaks no TLS.
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO')
    return `it speaks no TLS there, or none that is known here (${code}); check the port, or choose the scheme without TLS`;
  return undefined;
}
