/** Certificates for tests, made by openssl(1): an authority, and what it has signed. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Names of PEM files. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface Certificates {
  /** The authority's certificate, which has signed all others but `selfSigned`. */
  readonly ca: string;
  /** For 127.0.0.1, ::1, localhost and reader.test. */
  readonly good: Certificate;
  /** The same, valid for five days more. */
  readonly expiring: Certificate;
  /** The same, until ten years ago. */
  readonly expired: Certificate;
  /** For other.example only. */
  readonly wrongName: Certificate;
  readonly selfSigned: Certificate;
  /** Of a client. */
  readonly client: Certificate;
}

const names = 'DNS:localhost,DNS:reader.test,IP:127.0.0.1,IP:::1';

/** `folder` is made. Anybody may read what is in it: readers run as other users. */
export function makeCertificates(folder: string): Certificates {
  mkdirSync(folder, { mode: 0o755 });
  const path = (name: string) => join(folder, name);
  const openssl = (...words: readonly string[]) => {
    execFileSync('openssl', words, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  };
  const selfSign = (name: string, subject: string, ...extensions: readonly string[]): Certificate => {
    const files = { cert: path(`${name}.pem`), key: path(`${name}.key`) };
    const added = extensions.flatMap((extension) => ['-addext', extension]);
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', files.key];
    openssl('req', '-x509', ...key, '-days', '3650', '-subj', `/CN=${subject}`, '-out', files.cert, ...added);
    chmodSync(files.key, 0o644);
    return files;
  };
  const authority = selfSign('ca', 'test authority');
  writeFileSync(path('index.txt'), '');
  writeFileSync(path('serial'), '1000\n');
  writeFileSync(path('ca.conf'), authoritySettings);

  const sign = (name: string, subject: string, alternatives: string, start: Date, end: Date): Certificate => {
    const files = { cert: path(`${name}.pem`), key: path(`${name}.key`) };
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', files.key];
    const request = path(`${name}.csr`);
    const extension = ['-addext', `subjectAltName=${alternatives}`];
    openssl('req', '-new', ...key, '-subj', `/CN=${subject}`, '-out', request, ...extension);
    const times = ['-startdate', utcTime(start), '-enddate', utcTime(end)];
    const signer = ['-config', 'ca.conf', '-cert', authority.cert, '-keyfile', authority.key];
    openssl('ca', '-batch', '-notext', ...signer, ...times, '-in', request, '-out', files.cert);
    chmodSync(files.key, 0o644);
    return files;
  };
  const [past, now] = [daysFromNow(-3_700), daysFromNow(-1)];
  return {
    ca: authority.cert,
    good: sign('good', 'reader.test', names, now, daysFromNow(365)),
    expiring: sign('expiring', 'reader.test', names, now, daysFromNow(5)),
    expired: sign('expired', 'reader.test', names, past, daysFromNow(-3_650)),
    wrongName: sign('wrong-name', 'other.example', 'DNS:other.example', now, daysFromNow(365)),
    selfSigned: selfSign('self-signed', 'reader.test', `subjectAltName=${names}`),
    client: sign('client', 'client.test', 'DNS:client.test', now, daysFromNow(365)),
  };
}

const dayMs = 86_400_000;
const daysFromNow = (days: number) => new Date(Date.now() + days * dayMs);

/** As openssl-ca(1) takes it: "20260101000000Z". */
const utcTime = (date: Date) => `${date.toISOString().replace(/\D/g, '').slice(0, 14)}Z`;

const authoritySettings = `
[ca]
default_ca = authority
[authority]
dir = .
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
`;
