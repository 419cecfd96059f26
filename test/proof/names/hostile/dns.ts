/** Answers that nobody asked for: many, with many addresses; and answers that lead nowhere. */
import { concatenate, uint8, uint16, uint32 } from '../../../support/bytes.js';
import {
  addressRecord,
  type DnsRecord,
  dnsMessage,
  dnsName,
  pointerTo,
  typeA,
  typeAaaa,
  typeCname,
} from '../../../support/dns-messages.js';
import { frame } from '../../../support/frames.js';
import { seededRandom } from '../../../support/random.js';
import { randomBytes } from '../../../support/tls-hellos.js';
import { type Flood, mostHeld } from './flood.js';

const answersPerSecond = 10_000;
const addressesOfAnswer = 64;

/** From addresses that nobody has, to clients that nobody is. */
export const answerFlood: Flood = {
  name: `${answersPerSecond} answers a second of ${addressesOfAnswer} addresses`,
  framesPerSecond: answersPerSecond,
  *frames() {
    const random = seededRandom(53);
    for (let index = 0; index < 3 * answersPerSecond; index++) {
      const answers = Array.from({ length: addressesOfAnswer }, () => ({
        type: typeA,
        data: uint32(random()),
      }));
      const message = dnsMessage({ name: dnsName(`n${index}.flood.example`), answers });
      yield answerFrame(random, message);
    }
  },
  expects: ({ parsed, evicted }, { frames }) => [
    [parsed < frames, `${parsed} of ${frames} answers were parsed`],
    [frames > mostHeld && evicted === 0, 'nothing was evicted'],
  ],
};

const answerFrame = (random: () => number, message: Uint8Array): Uint8Array => {
  const address = () => `${1 + (random() % 223)}.${random() % 256}.${random() % 256}.${random() % 256}`;
  const ends = { source: address(), target: address() };
  return frame()
    .ethernet()
    .ipv4(ends)
    .udp({ sourcePort: 53, targetPort: 1_024 + (random() % 60_000) })
    .payload(message)
    .bytes();
};

const oddAnswersPerSecond = 5_000;

export const oddAnswers: Flood = {
  name: 'answers with loops, chains, false owners',
  framesPerSecond: oddAnswersPerSecond,
  rounds: 8,
  *frames() {
    const random = seededRandom(54);
    for (const message of oddMessages()) yield answerFrame(random, message);
    const message = dnsMessage({
      name: dnsName('changed.example'),
      answers: [...chain(8), addressRecord('192.0.2.7'), addressRecord('2001:db8::7')],
    });
    for (let change = 0; change < 2_000; change++) yield answerFrame(random, changed(message, random));
    for (let end = 0; end < message.length; end++) yield answerFrame(random, message.subarray(0, end));
  },
};

const ladderAliases = 270;
const laddersPerSecond = 2_000;

/** Each alias is the one before it spelled at another place: as much to compare as one frame can hold. */
export const aliasLadders: Flood = {
  name: `answers of ${ladderAliases} aliases of long names`,
  framesPerSecond: laddersPerSecond,
  rounds: 4,
  *frames() {
    const random = seededRandom(55);
    for (let index = 0; index < laddersPerSecond; index++) {
      const name = dnsName(`${'a.'.repeat(115)}n${index}`);
      const copyAt = 12 + name.length + 4 + 12;
      const aliases = Array.from({ length: ladderAliases }, () => ({
        name: pointerTo(12),
        type: typeCname,
        data: pointerTo(copyAt),
      }));
      const answers = [{ type: typeCname, data: name }, ...aliases, addressRecord('192.0.2.11')];
      yield answerFrame(random, dnsMessage({ name, answers }));
    }
  },
};

function* oddMessages(): Generator<Uint8Array> {
  const name = dnsName('odd.example');
  const answers = [addressRecord('192.0.2.9')];
  // Pointers to themselves, to each other, forward, into the header, beyond the end.
  for (const to of [12, 0, 13, 0x3fff, 30, 40]) yield dnsMessage({ name: pointerTo(to), answers });
  for (const to of [29, 31, 0x3fff, 0])
    yield dnsMessage({ name, answers: [{ ...answers[0]!, name: pointerTo(to) }] });
  yield dnsMessage({ name: concatenate(pointerTo(14), pointerTo(12)), answers });
  // Names of a hundred and more labels, and one without an end.
  yield dnsMessage({ name: dnsName('a.'.repeat(126).slice(0, -1)), answers });
  yield dnsMessage({ name: dnsName('a.'.repeat(600).slice(0, -1)), answers });
  yield concatenate(dnsMessage({ name }).subarray(0, 12), new Uint8Array(1_300).fill(1));
  yield dnsMessage({
    name,
    answers: [...chain(100), addressRecord('192.0.2.100', dnsName('hop99.example'))],
  });
  yield dnsMessage({ name, answers: [...chain(100)].reverse() });
  yield dnsMessage({ name, answers: [addressRecord('192.0.2.10', dnsName('unrelated.example'))] });
  yield dnsMessage({ name, answers: [{ type: typeCname, data: name }, ...answers] });
  for (const count of [0, 2, 255, 65_535]) {
    yield dnsMessage({ name, answers, answerCount: count });
    yield dnsMessage({ name, answers, questionCount: count });
  }
  for (const dataBytes of [0, 3, 5, 16, 65_535])
    for (const type of [typeA, typeAaaa, typeCname])
      yield dnsMessage({ name, answers: [{ type, data: uint8(192, 0, 2, 1), dataBytes }] });
  for (const ttl of [0, 1, 0x7fff_ffff, 0xffff_ffff])
    yield dnsMessage({ name, answers: [{ ...answers[0]!, ttl }] });
  for (const flags of [0x0100, 0x8183, 0x8380, 0xffff, 0x8980]) yield dnsMessage({ name, answers, flags });
  yield dnsMessage({
    name,
    answers: Array.from({ length: 80 }, (_, host) => addressRecord(`198.51.100.${host}`)),
  });
  yield dnsMessage({ name: dnsName(''), answers });
}

/** CNAMEs from the question's name on. */
function chain(length: number): DnsRecord[] {
  return Array.from({ length }, (_, hop) => ({
    ...(hop === 0 ? {} : { name: dnsName(`hop${hop - 1}.example`) }),
    type: typeCname,
    data: dnsName(`hop${hop}.example`),
  }));
}

function changed(message: Uint8Array, random: () => number): Uint8Array {
  const bytes = Uint8Array.from(message);
  for (let change = random() % 4; change >= 0; change--)
    bytes.set(randomBytes(random(), 1), random() % bytes.length);
  if (random() % 4 === 0)
    bytes.set(uint16(0xc000 | (random() % bytes.length)), random() % (bytes.length - 1));
  return bytes;
}
