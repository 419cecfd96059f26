/** Keys and certificates: what is read, and what people are told of a file that cannot be used. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { UsageError } from '../../src/host/failure.js';
import { systemAuthorities } from '../../src/sink/authorities.js';
import { readSecret, readTls, type SecretOptions, type TlsOptions } from '../../src/sink/secrets.js';
import { makeCertificates } from '../support/readers/certificates.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const folder = temporaryFolder();
const made = makeCertificates(join(folder.path, 'certificates'));
const noTls: TlsOptions = {
  ca: undefined,
  cert: undefined,
  key: undefined,
  servername: undefined,
  verifies: true,
};

test('certificates are read', async () => {
  const { cert, key } = made.client;
  const settings = await readTls({ ...noTls, ca: made.ca, cert, key, servername: 'a.example' }, '--to x');
  assert.deepEqual(Object.keys(settings).sort(), ['rejectUnauthorized', 'secureContext', 'servername']);
  const { secureContext: _, ...others } = await readTls(noTls, '--to x');
  assert.deepEqual(others, { rejectUnauthorized: true });
});

test('authorities are those of the first file that the system has', async () => {
  const other = folder.file('other.pem', readFileSync(made.good.cert, 'utf8'));
  const files = [join(folder.path, 'none'), folder.path, folder.file('empty.pem', ''), made.ca, other];
  assert.equal(await systemAuthorities(files), readFileSync(made.ca, 'utf8'));
  assert.equal(await systemAuthorities(files.slice(0, 3)), undefined);
});

describe('a file that cannot be used is named with the remedy:', () => {
  const { cert, key } = made.client;
  const cut = folder.file('cut.pem', '-----BEGIN CERTIFICATE-----\nMIIB\n');
  for (const [name, options, said] of [
    ['a certificate without its key', { cert }, /cert= without key=; add key=FILE/],
    [
      'a key without a certificate',
      { key },
      /key= without cert=; add cert=FILE, .*; an API key goes into key-file=FILE/,
    ],
    [
      'the key of another',
      { cert, key: made.good.key },
      /client\.pem and .*good\.key: .*KEY_VALUES_MISMATCH/,
    ],
    [
      'a certificate that is cut short',
      { cert: cut, key },
      /cut\.pem and .*client\.key: they cannot be used/,
    ],
    ['no PEM', { ca: folder.file('text', 'hello') }, /ca=.*text: it is no PEM; name/],
    ['a folder', { ca: folder.path }, /it is not a regular file; name a file/],
    ['nothing', { ca: join(folder.path, 'none') }, /there is no such file; name a file/],
  ] as const)
    test(name, async () => {
      await assert.rejects(readTls({ ...noTls, ...options }, '--to x'), (error: Error) => {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, said);
        assert.match(error.message, /^--to x: [^\n]+$/);
        return true;
      });
    });
});

const asked: SecretOptions = { variable: 'THE_KEY', required: true, keyFile: undefined, environment: {} };

test('a key comes from its file, else from the environment', async () => {
  const keyFile = folder.file('key', ' from-file\n');
  const environment = { THE_KEY: 'from-environment' };
  assert.equal(await readSecret({ ...asked, keyFile, environment }, 'x'), 'from-file');
  assert.equal(await readSecret({ ...asked, environment }, 'x'), 'from-environment');
  assert.equal(await readSecret({ ...asked, required: false }, 'x'), undefined);
});

test('a key that cannot be one is not shown', async () => {
  const file = (content: string) => {
    const path = join(folder.path, 'bad-key');
    writeFileSync(path, content);
    return path;
  };
  for (const [options, said] of [
    [{}, /there is no key; set THE_KEY \(sudo strips the environment.*add key-file=FILE/],
    [{ environment: { THE_KEY: ' ' } }, /there is no key/],
    [{ environment: { THE_KEY: 'hush\nhush' } }, /x: THE_KEY: there are characters in it/],
    [{ keyFile: file('') }, /the file is empty; put the key into it/],
  ] as const)
    await assert.rejects(readSecret({ ...asked, ...options }, 'x'), (error: Error) => {
      assert.match(error.message, said);
      assert.doesNotMatch(error.message, /hush/);
      return error instanceof UsageError;
    });
});
