/** TLS ClientHellos, whole and in part. Bytes 0 and 1 say how much of the rest is there at first. */
import assert from 'node:assert/strict';
import { type Hello, readClientHello } from '../../../src/observe/tls-hello.js';
import { hexadecimal } from '../../support/bytes.js';
import { clientHello, helloFor, lateHelloFor, serverNames } from '../../support/tls-hellos.js';
import { assertFit } from './found.js';
import { bytesOf, type Target } from './target.js';

/** What reads beyond the bytes that are there throws. */
const read = (message: Uint8Array, length: number): Hello =>
  readClientHello(new DataView(message.buffer, 0, length), 0, length);

function run(input: Uint8Array): void {
  const message = Uint8Array.from(input.subarray(2));
  const part = (((input[0] ?? 0) << 8) | (input[1] ?? 0)) % (message.length + 1);
  const whole = read(message, message.length);
  const before = read(message, part);
  for (const hello of [whole, before]) {
    if (hello.kind === 'name') assertFit(hello.name);
    if (hello.kind === 'refused') assert.match(hello.why, /^(malformed|unfit-name)$/);
  }
  // What is known of a part stays so, and more is wanted only where the message goes on.
  if (before.kind !== 'more') assert.deepEqual(whole, before);
  if (whole.kind === 'more') assert.ok(whole.bytes === 0 ? message.length < 4 : whole.bytes > message.length);
}

const hellos = [
  helloFor('www.example.com'),
  lateHelloFor('www.example.com'),
  clientHello({ before: [serverNames([0, 'a.example'], [0, 'b.example'])] }),
  clientHello({}),
  clientHello({ withoutExtensions: true }),
];

export const clientHellos: Target = {
  name: 'client-hello',
  seeds: () => hellos.map((hello) => Uint8Array.of(0, 100, ...hello)),
  // The extension server_name, lists, names.
  words: [
    ...['0000000e000c000009', '00000000', '0000', '0001', 'ffff', '01000000', '0303', '00'].map(hexadecimal),
    bytesOf('a.example'),
    bytesOf('192.0.2.1'),
  ],
  maxBytes: 2_048,
  run,
};
