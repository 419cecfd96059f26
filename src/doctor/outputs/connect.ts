/** Connects to a reader as a run would, and looks at its certificate. */
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { resolveBySystem } from '../../sink/addresses.js';
import { connectionFailure } from '../../sink/connection.js';
import { printable } from '../../sink/printable.js';
import type { TlsSettings } from '../../sink/secrets.js';
import { shellWords } from '../commands.js';
import { type Finding, fail, ok, warn } from '../finding.js';
import { isOwnAddress } from '../own-addresses.js';

export interface Place {
  /** What the user called it. */
  readonly name: string;
  /** An IP address without brackets, or a host name. */
  readonly host: string;
  readonly port: number;
}

/** For a connection with its handshake. */
const patienceMs = 3_000;
/** A reader that wants a certificate says so after the handshake (RFC 8446, 4.4.2.4). */
const complaintMs = 250;
const soonDays = 14;
const dayMs = 86_400_000;

/** Tries one address after the other. `tls` is undefined for a connection without. */
export async function findingsOnConnection(place: Place, tls: TlsSettings | undefined): Promise<Finding[]> {
  const { name, host, port } = place;
  let addresses: readonly string[];
  try {
    addresses = isIP(host) === 0 ? await resolveBySystem(host) : [host];
  } catch (error) {
    return [fail(`${name}: the name has no address (${codeOf(error)})`, `getent ahosts ${host}`)];
  }
  let problem: Error = new Error('there is no address');
  for (const address of addresses) {
    const result = await tryAddress(address, place, tls);
    if (!(result instanceof Error)) {
      const where = host === address ? name : `${name} (${address})`;
      const connected = ok(`${where}: a connection ${tls === undefined ? '' : 'with TLS '}can be made`);
      return [connected, ...(result === undefined ? [] : findingsOnCertificate(place, result, tls!))];
    }
    problem = result;
  }
  const { why } = connectionFailure(problem);
  return [fail(`${name}: ${why}`, remedyFor(problem, addresses, { name, host, port }))];
}

/** A command that tells more. */
function remedyFor(problem: Error, addresses: readonly string[], { host, port }: Place): string {
  const code = codeOf(problem);
  if (code === 'ECONNREFUSED' && addresses.some(isOwnAddress)) return `ss -ltnp sport = :${port}`;
  if (/^(?:E[A-Z]+|)$/.test(code)) return `ip route get ${addresses.at(-1)}`;
  return `${openssl(host, port)} -showcerts </dev/null`;
}

function openssl(host: string, port: number): string {
  const place = shellWords([`${isIP(host) === 6 ? `[${host}]` : host}:${port}`]);
  return `openssl s_client -connect ${place}${isIP(host) === 0 ? ` -servername ${host}` : ''}`;
}

/** Resolves to what went wrong, or to the certificate that the reader showed; undefined without TLS. */
function tryAddress(
  address: string,
  { host, port }: Place,
  tls: TlsSettings | undefined,
): Promise<Error | DetailedPeerCertificate | undefined> {
  return new Promise((resolve) => {
    const servername = tls?.servername ?? (isIP(host) === 0 ? host : '');
    const socket: Socket =
      tls === undefined
        ? connectTcp({ host: address, port })
        : // The name that the certificate is checked against is `host`, where there is no servername.
          connectTls({ ...tls, host, port, servername, lookup: lookupOf(address) });
    const finish = (result: Error | DetailedPeerCertificate | undefined) => {
      clearTimeout(timer);
      socket.removeAllListeners().on('error', () => undefined);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => finish(timeout()), patienceMs);
    socket.on('error', finish);
    socket.on('close', () => finish(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
    if (tls === undefined) socket.on('connect', () => finish(undefined));
    else
      socket.on('secureConnect', () => {
        const certificate = (socket as TLSSocket).getPeerCertificate(true);
        setTimeout(() => finish(certificate), complaintMs);
      });
  });
}

/** Every name has this address. */
const lookupOf =
  (address: string): LookupFunction =>
  (_, { all }, done) =>
    all ? done(null, [{ address, family: isIP(address) }]) : done(null, address, isIP(address));

const timeout = () => Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' });

function findingsOnCertificate(
  { name, host, port }: Place,
  { issuer, valid_to: end }: DetailedPeerCertificate,
  { rejectUnauthorized }: TlsSettings,
): Finding[] {
  if (!rejectUnauthorized) {
    return [
      warn(
        `${name}: verify=off takes anybody for the reader; leave it out, and name its authority by ca=FILE`,
      ),
    ];
  }
  const signer = printable(String(issuer?.CN ?? issuer?.O ?? 'nobody that it names'), 60);
  const days = Math.floor((Date.parse(end) - Date.now()) / dayMs);
  const found = `${name}: its certificate, signed by ${signer}, expires in ${days} ${days === 1 ? 'day' : 'days'}`;
  if (days >= soonDays) return [ok(found)];
  const command = `${openssl(host, port)} </dev/null | openssl x509 -noout -enddate`;
  return [warn(`${found}; give the reader a new one`, command)];
}

export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
}
