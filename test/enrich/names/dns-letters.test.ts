/** Servers that do not master mixed letters, and forgers who would like us to believe that a server does not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDnsServer } from '../../../src/enrich/names/dns-servers.js';
import { needsPlain, Resolvers, takeLetters } from '../../../src/enrich/names/resolvers.js';
import { createDnsRig } from './dns-rig.js';
import { dockerReleases, dockerResolver } from './docker-resolver.js';
import {
  type DnsScript,
  nameError,
  pointer,
  type Question,
  refused,
  replyTo,
  serverFailure,
} from './scripted-dns-server.js';

/** The names of these have so many letters that they are not all in lower case by chance. */
const first = 'fdaa:bbcc:ddee:ffaa:bbcc:ddee:ffaa:bbcc';
const second = 'fdaa:bbcc:ddee:ffaa:bbcc:ddee:ffaa:bbcd';
const publicFirst = '2abc:bbcc:ddee:ffaa:bbcc:ddee:ffaa:bbcc';
const publicSecond = '2abc:bbcc:ddee:ffaa:bbcc:ddee:ffaa:bbcd';

const isPlain = ({ name }: Question) => name === name.toLowerCase();
const goodAnswer = (question: Question) =>
  replyTo(question, { answers: [pointer(question.name, 'good.example')] });

/** Masters plain letters only; `letters` gets those of each question. */
function plainOnly(letters: string[], instead: (question: Question) => Buffer | undefined): DnsScript {
  return {
    udp(question, reply) {
      letters.push(isPlain(question) ? 'plain' : 'mixed');
      const answer = isPlain(question) ? goodAnswer(question) : instead(question);
      if (answer) reply(answer);
    },
  };
}

const withoutQuestion = (question: Question) => {
  const header = replyTo(question, { responseCode: 1 }).subarray(0, 12);
  header.writeUInt16BE(0, 4);
  return header;
};

const ways: Readonly<Record<string, (question: Question) => Buffer | undefined>> = {
  'sends them back in lower case': (question) =>
    replyTo({ ...question, name: question.name.toLowerCase() }, { answers: [pointer('x', 'lie.example')] }),
  'knows no such name': (question) => replyTo(question, { responseCode: nameError }),
  'finds no record': (question) => replyTo(question, {}),
  refuses: (question) => replyTo(question, { responseCode: refused }),
  fails: (question) => replyTo(question, { responseCode: serverFailure }),
  'cannot read the question': withoutQuestion,
  'keeps silent': () => undefined,
};

for (const [way, instead] of Object.entries(ways)) {
  test(`a server that ${way} in mixed letters is asked in plain ones, and from then on`, async (context) => {
    const rig = createDnsRig(context);
    const letters: string[] = [];
    const server = await rig.serve(plainOnly(letters, instead));
    const names = rig.open([server.address], { timeoutMs: 500 });
    assert.deepEqual(await rig.hostsNextWindow(names, first, first), ['good.example', 'good.example']);
    assert.deepEqual(
      letters,
      instead === ways['keeps silent'] ? ['mixed', 'mixed', 'plain'] : ['mixed', 'plain'],
    );
    assert.deepEqual(await rig.hostsNextWindow(names, second, second), ['good.example', 'good.example']);
    assert.deepEqual(letters.slice(-2), ['plain', 'plain'], 'remembered');
    assert.equal(letters.filter((asked) => asked === 'plain').length, 2);
  });
}

test('questions in plain letters have a port each, those in mixed ones share one', async (context) => {
  const rig = createDnsRig(context);
  const ports = { plain: new Set<number>(), mixed: new Set<number>() };
  const server = await rig.serve({
    udp(question, reply) {
      ports[isPlain(question) ? 'plain' : 'mixed'].add(question.sender.port);
      reply(replyTo(question, { responseCode: nameError }));
    },
  });
  const names = rig.open([server.address]);
  await rig.hostsNextWindow(names, first, second);
  assert.deepEqual([ports.mixed.size, ports.plain.size], [1, 2]);
  assert.ok(![...ports.plain].some((port) => ports.mixed.has(port)));
});

test('a forged answer in changed letters is not believed, and does not lead to plain letters', async (context) => {
  const rig = createDnsRig(context);
  const letters: string[] = [];
  const server = await rig.serve({
    udp(question, reply) {
      letters.push(isPlain(question) ? 'plain' : 'mixed');
      if (isPlain(question)) return;
      const lower = question.name.toLowerCase();
      reply(replyTo({ ...question, name: lower }, { answers: [pointer(lower, 'forged.example')] }));
      reply(goodAnswer(question));
    },
  });
  const names = rig.open([server.address]);
  assert.deepEqual(await rig.hostsNextWindow(names, first, first), ['good.example', 'good.example']);
  assert.deepEqual(await rig.hostsNextWindow(names, second, second), ['good.example', 'good.example']);
  assert.equal(letters.filter((asked) => asked === 'mixed').length, 2, letters.join());
});

test('a datagram that was lost does not lead to plain letters', async (context) => {
  const rig = createDnsRig(context);
  const letters: string[] = [];
  const server = await rig.serve({
    udp(question, reply) {
      letters.push(isPlain(question) ? 'plain' : 'mixed');
      // The repeated question is answered first.
      if (letters.length > 1 && !isPlain(question)) reply(goodAnswer(question));
    },
  });
  const names = rig.open([server.address], { timeoutMs: 500 });
  assert.deepEqual(await rig.hostsNextWindow(names, first, first), ['good.example', 'good.example']);
  assert.deepEqual(await rig.hostsNextWindow(names, second, second), ['good.example', 'good.example']);
  assert.deepEqual(
    letters.filter((asked) => asked === 'mixed'),
    ['mixed', 'mixed', 'mixed'],
  );
});

test('once a server has named a public address, mixed letters are not to blame for what it fails on', async (context) => {
  const rig = createDnsRig(context);
  const asked: Question[] = [];
  const server = await rig.serve({
    udp(question, reply) {
      asked.push(question);
      const isFirst = question.name.toLowerCase().startsWith('c');
      reply(isFirst ? goodAnswer(question) : replyTo(question, { responseCode: nameError }));
    },
  });
  const names = rig.open([server.address]);
  await rig.hostsNextWindow(names, publicFirst, publicFirst);
  asked.length = 0;
  assert.deepEqual(await rig.hostsNextWindow(names, publicSecond, publicSecond), ['NXDOMAIN', 'NXDOMAIN']);
  assert.equal(asked.length, 1, 'believed at once');
});

for (const release of dockerReleases) {
  test(`${release} names containers, whatever else it has named before`, async (context) => {
    const rig = createDnsRig(context);
    const server = await rig.serve(
      dockerResolver(release, { '172.18.0.2': 'web.shop', '172.18.0.3': 'db.shop' }),
    );
    const names = rig.open([server.address], { timeoutMs: 500 });
    assert.deepEqual(await rig.hostsNextWindow(names, '8.8.8.8', '8.8.4.4'), [
      'host-8.example',
      'host-4.example',
    ]);
    assert.deepEqual(await rig.hostsNextWindow(names, '172.18.0.2', '172.18.0.3'), ['web.shop', 'db.shop']);
    assert.deepEqual(await rig.hostsNextWindow(names, '172.18.0.4', '8.8.8.9'), [
      'NXDOMAIN',
      'host-9.example',
    ]);
  });
}

test('that a server needs plain letters is not held against it for ever', () => {
  const resolvers = new Resolvers();
  resolvers.replace([parseDnsServer('192.0.2.1')]);
  const resolver = resolvers.pick()!;
  assert.equal(takeLetters(resolver), 'mixed');
  needsPlain(resolver);
  for (let i = 0; i < 1_000; i++) assert.equal(takeLetters(resolver), 'plain');
  assert.equal(takeLetters(resolver), 'mixed');
});
