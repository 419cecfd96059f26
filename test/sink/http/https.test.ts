/** Whom an HTTPS transport takes for the reader, and what it says of others. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readTls, type TlsOptions } from '../../../src/sink/secrets.js';
import { sentAnswer } from '../../../src/sink/transport.js';
import { type Certificate, makeCertificates } from '../../support/readers/certificates.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { numberedLines } from '../encoded.js';
import { type HttpRig, openHttpRig, runOf } from './http-rig.js';

const made = makeCertificates(join(temporaryFolder().path, 'certificates'));

/** A transport that is told `options`, and a reader with `certificate`. */
async function open(
  certificate: Certificate,
  options: Partial<TlsOptions>,
  client = false,
): Promise<HttpRig> {
  const none = { ca: undefined, cert: undefined, key: undefined, servername: undefined, verifies: true };
  const tls = await readTls({ ...none, ...options }, '--to x');
  const files = { cert: readFileSync(certificate.cert), key: readFileSync(certificate.key) };
  const wanted = client ? { requestCert: true, rejectUnauthorized: true, ca: readFileSync(made.ca) } : {};
  return openHttpRig({ certificate: { ...files, ...wanted }, tls, key: 'secret' });
}

const send = ({ transport }: HttpRig, from = 0) => transport.send(runOf(numberedLines(from, 3)));

test('who has a certificate of the authority for that name gets records, over one connection', async () => {
  const rig = await open(made.good, { ca: made.ca });
  assert.deepEqual([await send(rig), await send(rig, 3)], [sentAnswer, sentAnswer]);
  assert.equal(rig.reader.connections(), 1);
  assert.equal(rig.ends.length, 1);
  assert.equal(rig.ends[0]!.port, rig.reader.port);
  assert.ok(rig.ends[0]!.localPort > 0);
});

describe('nothing is sent, not even the key,', () => {
  for (const [name, certificate, options, why] of [
    ['to an unknown authority', made.good, {}, /authority that is not known here; add ca=FILE/],
    ['to one who signed for himself', made.selfSigned, { ca: made.ca }, /not known here; add ca=FILE/],
    ['after it expired', made.expired, { ca: made.ca }, /has expired/],
    ['to another name', made.wrongName, { ca: made.ca }, /another name \(DNS:other\.example\).*servername=/],
    [
      'to whom servername= does not name',
      made.good,
      { ca: made.ca, servername: 'b.example' },
      /another name/,
    ],
  ] as const)
    test(name, async () => {
      const rig = await open(certificate, options);
      const answer = await send(rig);
      assert.ok(
        answer.kind === 'retry' && answer.isUntried && !answer.mayHaveArrived,
        JSON.stringify(answer),
      );
      assert.match(answer.why, why);
      assert.equal(rig.reader.requests.length, 0);
    });
});

test('servername= names whom the certificate is for', async () => {
  const rig = await open(made.wrongName, { ca: made.ca, servername: 'other.example' });
  assert.deepEqual(await send(rig), sentAnswer);
});

test('verify=off takes any', async () => {
  assert.deepEqual(await send(await open(made.expired, { verifies: false })), sentAnswer);
});

test('a reader that wants a certificate gets it, or is away', async () => {
  const { cert, key } = made.client;
  assert.deepEqual(await send(await open(made.good, { ca: made.ca, cert, key }, true)), sentAnswer);
  const rig = await open(made.good, { ca: made.ca }, true);
  const answer = await send(rig);
  assert.ok(answer.kind === 'retry', JSON.stringify(answer));
  assert.match(answer.why, /add cert=FILE and key=FILE/);
  assert.equal(rig.reader.requests.length, 0);
});
