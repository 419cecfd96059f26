/** Names that nobody should see, in everything that carries names. */
import { concatenate, uint8 } from '../../../support/bytes.js';
import { addressRecord, dnsLabel, dnsMessage, dnsName } from '../../../support/dns-messages.js';
import { frame } from '../../../support/frames.js';
import { cryptoFrame, quicInitial } from '../../../support/quic-initials.js';
import { clientHello, randomBytes, tlsRecords } from '../../../support/tls-hellos.js';
import type { Flood } from './flood.js';

const texts = [
  '<script>alert(1)</script>',
  '<img/src=x>.example',
  'a&b.example',
  '"quoted".example',
  "it's.example",
  'back\\slash.example',
  '{"host":"forged"}',
  '\u001b[31mred\u001b[0m.example',
  '\u001b]0;title\u0007',
  '\u009b2J.example',
  'nul\0byte.example',
  'line\nbreak.example',
  'carriage\rreturn.example',
  'tab\tstop.example',
  'delete\u007f.example',
  'two words.example',
  '%s%n%x.example',
  '$' + '{jndi:ldap://x.example/a}',
  '../../etc/passwd',
  'b\u00fccher.example',
  '\u00ff\u00fe\u00fd',
  '*',
  '*.example',
  '10.0.0.1',
  '192.0.2.255',
  '2001:db8::1',
  '[2001:db8::1]',
  '0x7f.1',
  'NXDOMAIN',
  'nxdomain',
  '-',
  '.',
  '..',
  'a..b',
  '.leading.example',
  'trailing.example.',
  'null',
  '__proto__',
  'constructor',
];

/** Bytes that are no text at all, or more of them than a name has. */
const bytes: readonly Uint8Array[] = [
  ...texts.map((text) => Buffer.from(text, 'latin1')),
  ...['bücher.example', '例え.example', '\u202eelpmaxe', 'a\u0000\ud7ff.example'].map((text) =>
    Buffer.from(text, 'utf8'),
  ),
  Buffer.from(`${'a'.repeat(60)}.`.repeat(5).slice(0, -1)),
  Buffer.from('a'.repeat(300)),
  Buffer.from('a'.repeat(254)),
  Buffer.from(`${'a.'.repeat(126)}aa`),
  Buffer.alloc(0),
  Buffer.alloc(4_000, 'x'),
  Buffer.from([0xc0, 0x0c]),
  randomBytes(7, 40),
];

export const unfitNames: Flood = {
  name: 'unfit names',
  framesPerSecond: 2_000,
  rounds: 4,
  *frames() {
    for (const [index, name] of bytes.entries()) {
      const from = frame()
        .ethernet()
        .ipv4({ source: `10.1.${index}.1`, target: `192.0.2.${index}` });
      const [question, oneLabel] = [inLabels(name), concatenate(dnsLabel(name.subarray(0, 63)), uint8(0))];
      for (const [kind, asked] of [question, oneLabel].entries()) {
        const told = dnsMessage({ name: asked, answers: [addressRecord(`192.0.2.${index}`)] });
        const back = frame()
          .ethernet()
          .ipv4({ source: '203.0.113.53', target: `10.1.${index}.1` });
        yield back
          .udp({ sourcePort: 53, targetPort: 30_000 + kind })
          .payload(told)
          .bytes();
        const byTcp = concatenate(uint8(told.length >> 8, told.length), told);
        yield back
          .tcp({ sourcePort: 53, targetPort: 31_000 + kind })
          .payload(byTcp.subarray(0, 1_400))
          .bytes();
      }
      const hello = clientHello({ serverName: name.subarray(0, 1_000), seed: index });
      yield from.tcp({ sourcePort: 40_000 }).payload(tlsRecords(hello)).bytes();
      const datagram = quicInitial({
        id: randomBytes(index, 8),
        frames: cryptoFrame(0, hello.subarray(0, 1_100)),
      });
      yield from.udp({ sourcePort: 41_000, targetPort: 443 }).payload(datagram).bytes();
    }
  },
  shown: /^(?!\d+(\.\d+)*$)(?!nxdomain$)[a-z0-9_.-]+$/,
};

/** Its dots as the borders of labels, as far as labels may be long. */
function inLabels(name: Uint8Array): Uint8Array {
  const text = Buffer.from(name).toString('latin1').slice(0, 400);
  return dnsName(
    text
      .split('.')
      .filter((label) => label !== '')
      .map((label) => label.slice(0, 63))
      .join('.'),
  );
}
