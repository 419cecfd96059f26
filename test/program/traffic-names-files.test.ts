/** Names from a file's traffic: they are as old as its packets say, and the same on every run. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type CapturedFrame, firstTimestampUs, pcapFile } from '../support/captures.js';
import { addressRecord, dnsMessage, dnsName } from '../support/dns-messages.js';
import { type FrameBuilder, frame } from '../support/frames.js';
import { freePort } from '../support/ports.js';
import { runProgram } from '../support/program.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { clientHello, tlsRecords } from '../support/tls-hellos.js';

const client = '192.0.2.10';
const server = '198.51.100.7';
const minute = 60;
const hour = 60 * minute;

const at = (seconds: number, built: FrameBuilder): CapturedFrame => ({
  bytes: built.bytes(),
  timestampUs: firstTimestampUs + seconds * 1e6,
});

const from = (source: string, target: string): FrameBuilder => frame().ethernet().ipv4({ source, target });

const answer = (name: string, address = server): FrameBuilder =>
  from('192.0.2.53', client)
    .udp({ sourcePort: 53, targetPort: 40_000 })
    .payload(dnsMessage({ name: dnsName(name), answers: [addressRecord(address)] }));
const hello = (serverName?: string): FrameBuilder =>
  from(client, server)
    .tcp({ sourcePort: 50_000, targetPort: 443 })
    .payload(tlsRecords(clientHello(serverName === undefined ? {} : { serverName })));
const request = (sourcePort = 50_000): FrameBuilder =>
  from(client, server).tcp({ sourcePort, targetPort: 443 }).payload(100);
const reply = (targetPort = 50_000): FrameBuilder =>
  from(server, client).tcp({ sourcePort: 443, targetPort }).payload(100);
/** Nothing that has a name. */
const other = (): FrameBuilder => from('203.0.113.1', '203.0.113.2').udp().payload(1);

describe('names from the traffic of a file', { concurrency: 2 }, () => {
  const folder = temporaryFolder();
  let files = 0;

  /** Of each record between client and server, in the file's order: the names of source and target. */
  async function namesOf(frames: readonly CapturedFrame[], ...words: string[]): Promise<unknown[]> {
    const file = folder.file(`capture-${files++}.pcap`, pcapFile({}, frames));
    const run = () =>
      runProgram([
        ...['-r', file, '--schema', 'full', '--datadog-ranges', 'off', '--to', '-'],
        ...(words.includes('--names') ? words : ['--names', 'traffic', ...words]),
      ]);
    const [one, again] = await Promise.all([run(), run()]);
    assert.equal(one.exitCode, 0, one.stderr);
    assert.equal(again.stdout, one.stdout, 'the same on every run');
    return one.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter((record) => [record.source_ip, record.target_ip].includes(server))
      .map((record) => [record.source_host ?? null, record.target_host ?? null]);
  }

  test('are in records of both directions, and in later windows', async () => {
    const frames = [at(0, answer('dns.example')), at(1, hello('tls.example')), at(2, reply())];
    const later = [at(25, request()), at(45, reply()), at(46, request(50_001))];
    assert.deepEqual(await namesOf([...frames, ...later], '--no-biflow'), [
      [null, 'tls.example'],
      ['tls.example', null],
      [null, 'tls.example'],
      ['tls.example', null],
      [null, 'dns.example'],
    ]);
  });

  test('are in records of both directions as one, and of several ports only what was looked up', async () => {
    const frames = [at(0, answer('dns.example')), at(1, hello('tls.example')), at(2, reply())];
    assert.deepEqual(await namesOf(frames), [[null, 'tls.example']]);
    assert.deepEqual(await namesOf([...frames, at(3, request(50_001))], '--group', 'clients'), [
      [null, 'dns.example'],
    ]);
  });

  test('come as late as in the window of the packet', async () => {
    const frames = [at(1, request()), at(2, answer('dns.example')), at(21, request())];
    assert.deepEqual(await namesOf(frames), [
      [null, 'dns.example'],
      [null, 'dns.example'],
    ]);
  });

  test('are those of the time of the records, however much later another window closes theirs', async () => {
    const frames = [at(0, answer('dns.example')), at(1, request()), at(8 * hour, other())];
    assert.deepEqual(await namesOf(frames), [[null, 'dns.example']]);
  });

  test('go after ten minutes in which no record showed them', async () => {
    const first = [at(0, answer('dns.example')), at(1, request())];
    const shown = [null, 'dns.example'];
    assert.deepEqual(await namesOf([...first, at(9 * minute, request()), at(18 * minute, request())]), [
      shown,
      shown,
      shown,
    ]);
    assert.deepEqual(await namesOf([...first, at(11 * minute, request())]), [shown, [null, null]]);
  });

  test('stay as long as a window is, and in one window for all', async () => {
    const frames = [at(0, answer('dns.example')), at(1, request()), at(23 * hour, other())];
    assert.deepEqual(await namesOf(frames, '--interval', '24h'), [[null, 'dns.example']]);
    assert.deepEqual(await namesOf(frames, '--interval', '0'), [[null, 'dns.example']]);
  });

  test('outlive a packet whose time is wrong', async () => {
    const frames = [at(0, answer('dns.example')), at(1, request()), at(20 * 365 * 24 * hour, other())];
    const shown = [null, 'dns.example'];
    assert.deepEqual(await namesOf([...frames, at(21, request()), at(41, request())]), [shown, shown, shown]);
  });

  test('are the same where reverse DNS is waited for', async () => {
    const frames = [
      at(0, answer('dns.example')),
      at(1, hello('tls.example')),
      at(9 * minute, request(50_001)),
    ];
    const refused = `127.0.0.1:${await freePort()}`;
    assert.deepEqual(await namesOf(frames, '--names', 'ptr,traffic', '--dns', refused), [
      [null, 'tls.example'],
      [null, 'dns.example'],
    ]);
  });

  test('are not of a later connection that has the same ports', async () => {
    const frames = [at(1, hello('first.example')), at(21, hello('second.example')), at(41, request())];
    assert.deepEqual(await namesOf(frames), [
      [null, null],
      [null, 'second.example'],
      [null, 'second.example'],
    ]);
    const again = [at(1, request()), at(21, hello('first.example')), at(41, hello('first.example'))];
    const shown = [null, 'first.example'];
    assert.deepEqual(await namesOf(again), [shown, shown, shown]);
  });

  test('are of the last hello that came before the records, or of none', async () => {
    // Three windows are open at a time, so each of these closes before the next hello.
    const others = (seconds: number) => [1, 2, 3].map((after) => at(seconds + after, other()));
    const hellos = [hello('first.example'), hello('second.example'), hello(), request()];
    const frames = hellos.flatMap((built, index) => [at(10 * index, built), ...others(10 * index)]);
    assert.deepEqual(await namesOf(frames, '--interval', '1s'), [
      [null, 'first.example'],
      [null, 'second.example'],
      [null, null],
      [null, null],
    ]);
  });
});
