/** Keys and certificates from files and the environment: read with all rights, before anything is sent, and never shown. */
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { readBoundedText } from '../host/bounded-file.js';
import { PermissionError, UsageError } from '../host/failure.js';
import { systemAuthorities } from './authorities.js';

/** Names of PEM files; undefined means the system's authorities, or none. */
export interface TlsOptions {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly servername: string | undefined;
  readonly verifies: boolean;
}

/** What node:tls connects with. */
export interface TlsSettings {
  /** Certificates and keys: made once, for reading a system's authorities takes milliseconds. */
  readonly secureContext: SecureContext;
  readonly servername?: string;
  readonly rejectUnauthorized: boolean;
}

/** `place` is the output, as errors name it. Throws a UsageError, or a PermissionError. */
export async function readTls(
  { ca, cert, key, servername, verifies }: TlsOptions,
  place: string,
): Promise<TlsSettings> {
  if ((cert === undefined) !== (key === undefined)) {
    if (cert !== undefined)
      throw new UsageError(`${place}: cert= without key=; add key=FILE, which holds its private key`);
    throw new UsageError(
      `${place}: key= without cert=; add cert=FILE, whose private key it names; an API key goes into key-file=FILE or the environment`,
    );
  }
  const authorities = ca === undefined ? await systemAuthorities() : await readPem(ca, `${place}: ca`);
  const own = {
    ...(cert === undefined ? {} : { cert: await readPem(cert, `${place}: cert`) }),
    ...(key === undefined ? {} : { key: await readPem(key, `${place}: key`) }),
  };
  if (key !== undefined) await keepFromCores();
  const files = [cert, key].filter((file) => file !== undefined).join(' and ') || `${ca}`;
  return {
    secureContext: contextOf({ ...own, ...(authorities && { ca: authorities }) }, files, place),
    ...(servername === undefined ? {} : { servername }),
    rejectUnauthorized: verifies,
  };
}

/** Otherwise a key of another certificate, or a truncated file, would fail with every connection. */
function contextOf(settings: SecureContextOptions, files: string, place: string): SecureContext {
  try {
    return createSecureContext(settings);
  } catch (cause) {
    const { code = 'no PEM' } = cause as NodeJS.ErrnoException;
    throw new UsageError(
      `${place}: ${files}: they cannot be used (${code}); name a certificate in PEM, and its own key without a passphrase`,
      { cause },
    );
  }
}

async function readPem(file: string, place: string): Promise<string> {
  const text = await readSmall(file, place);
  if (!text.includes('-----BEGIN '))
    throw new UsageError(`${place}=${file}: it is no PEM; name a file that has a line of -----BEGIN`);
  return text;
}

/** PEM files and keys are shorter. */
const longestBytes = 4 * 1024 * 1024;

const problems: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'this user may not read it',
  ELOOP: 'its links go round in a circle',
};

async function readSmall(file: string, place: string): Promise<string> {
  try {
    return await readBoundedText(file, longestBytes);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const what = code === undefined ? message : (problems[code] ?? `it cannot be read (${code})`);
    const text = `${place}=${file}: ${what}; name a file that can be read`;
    throw code === 'EACCES' ? new PermissionError(text, { cause }) : new UsageError(text, { cause });
  }
}

export interface SecretOptions {
  /** The environment variable that may hold it. */
  readonly variable: string;
  readonly required: boolean;
  /** The file that holds it; it takes precedence over the variable. */
  readonly keyFile: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What goes into a header: printable ASCII (RFC 9110, 5.5). */
const printable = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/;

/** Undefined when there is none and none is required. Throws a UsageError or a PermissionError; neither shows the secret. */
export async function readSecret(
  { variable, required, keyFile, environment }: SecretOptions,
  place: string,
): Promise<string | undefined> {
  const text =
    keyFile === undefined
      ? environment[variable]?.trim()
      : (await readSmall(keyFile, `${place}: key-file`)).trim();
  const source = keyFile === undefined ? variable : `key-file=${keyFile}`;
  if (text === undefined || text === '') {
    if (keyFile !== undefined)
      throw new UsageError(`${place}: ${source}: the file is empty; put the key into it`);
    if (!required) return undefined;
    throw new UsageError(
      `${place}: there is no key; set ${variable} (sudo strips the environment: sudo --preserve-env=${variable} …), or add key-file=FILE`,
    );
  }
  if (!printable.test(text))
    throw new UsageError(
      `${place}: ${source}: there are characters in it that no key has; it is one line of ASCII`,
    );
  await keepFromCores();
  return text;
}

/** Without the addon, a core may be written unless the process was started as root. */
async function keepFromCores(): Promise<void> {
  (await import('../host/native.js')).loadNative().native?.forbidCore();
}
