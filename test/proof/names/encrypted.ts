/**
 * Encrypted Client Hello (RFC 9849): the hello that passes by has the public name, and the one that is meant is within it, encrypted.
 * Chromium uses it where the DNS has a key for it (RFC 9460's HTTPS records). The server here has none that fits it, so that
 * Chromium asks again without.
 */
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import type { Ground } from '../ground.js';
import type { NamesCase, NamesVerdict } from './case.js';
import { browse, noChromium } from './chromium.js';
import { openScene, watch } from './scene.js';
import { judge } from './verdict.js';

const hidden = 'hidden.site.example';
const publicName = 'public.example';
const httpsRecord = 65;

export const encryptedCases: readonly NamesCase[] = [
  { name: 'Encrypted Client Hello by Chromium: the public name', skip: noChromium, run },
];

async function run(ground: Ground): Promise<NamesVerdict> {
  const records = [`dns-rr=${hidden},${httpsRecord},${httpsData().toString('hex')}`];
  const scene = await openScene(ground, { records });
  const { network, certificate } = scene;
  const folder = join(ground.folder, 'chromium');
  const seen = await watch(scene, () => browse({ network, folder, certificate, hosts: [hidden], by: 'tls' }));
  return judge(seen, { kind: 'Encrypted Client Hello', hosts: [publicName] });
}

/** RFC 9460, 2.2: priority, no other name, and parameters: HTTP/1.1, and the keys. */
function httpsData(): Buffer {
  const [alpn, ech] = [1, 5];
  const parameter = (key: number, value: Buffer) => Buffer.concat([uint16(key), withLength(value)]);
  return Buffer.concat([
    uint16(1),
    Buffer.of(0),
    parameter(alpn, Buffer.from('\x08http/1.1')),
    parameter(ech, echConfigs()),
  ]);
}

/** RFC 9849, 4: an ECHConfigList with one key, which nobody has the other half of. */
function echConfigs(): Buffer {
  const [version, x25519, hkdfSha256, aes128Gcm, keyId, longestName] = [0xfe0d, 0x20, 1, 1, 7, 64];
  const { publicKey } = generateKeyPairSync('x25519');
  const key = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const suites = Buffer.concat([uint16(hkdfSha256), uint16(aes128Gcm)]);
  const contents = Buffer.concat([
    Buffer.of(keyId),
    uint16(x25519),
    withLength(key),
    withLength(suites),
    Buffer.of(longestName, publicName.length),
    Buffer.from(publicName),
    withLength(Buffer.alloc(0)),
  ]);
  return withLength(Buffer.concat([uint16(version), withLength(contents)]));
}

const uint16 = (value: number) => Buffer.of(value >> 8, value & 0xff);
const withLength = (bytes: Buffer) => Buffer.concat([uint16(bytes.length), bytes]);
