import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { freePort } from '../../support/ports.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { until } from '../../support/until.js';
import { encodedOf, numberedLines } from '../encoded.js';
import { nowMs, openReader, openStreamRig } from './stream-rig.js';

const folder = temporaryFolder();

describe('a stream whose reader is away', () => {
  test('at the start has records wait until it comes', async (context) => {
    const port = await freePort();
    const { sink, lines } = openStreamRig(context, { port });
    sink.write(encodedOf(numberedLines(0, 10)));
    await until('it is noticed', () => lines.length > 0);
    assert.ok(sink.away);
    const reader = await openReader(context, { port });
    await until('all is acknowledged', () => sink.counts.recordsSent === 10);
    assert.equal(reader.texts.join(''), numberedLines(0, 10).join(''));
    assert.equal(sink.counts.duplicatesPossible, 0);
    assert.match(
      lines[0]!,
      /^reader: the connection was refused; check that it runs, and the port; records wait/,
    );
    assert.match(lines[1]!, /^reader: the reader is back after \d+\.\d s; 10 records waited for it/);
  });

  test('until the end counts its records as refused', async (context) => {
    const { sink } = openStreamRig(context, { port: await freePort() });
    sink.write(encodedOf(numberedLines(0, 10)));
    await sink.close(nowMs() + 100);
    assert.equal(sink.counts.recordsUnsent.refused, 10);
  });

  test('tries the addresses of its name in turn, and asks for them each time', async (context) => {
    const reader = await openReader(context, { host: '127.0.0.3' });
    const answers = [
      ['127.0.0.1', '127.0.0.2', '127.0.0.3'],
      ['127.0.0.2', '127.0.0.4'],
    ];
    const asked: string[] = [];
    const { sink, connected, lines } = openStreamRig(context, {
      target: { kind: 'tcp', host: 'reader.test', port: reader.port },
      resolve: async (host) => {
        asked.push(host);
        return answers[Math.min(asked.length, 2) - 1]!;
      },
    });
    sink.write(encodedOf(numberedLines(0, 10)));
    await until('all is acknowledged', () => sink.counts.recordsSent === 10);
    await reader.close();
    const second = await openReader(context, { host: '127.0.0.4', port: reader.port });
    sink.write(encodedOf(numberedLines(10, 10)));
    await until('all is acknowledged', () => sink.counts.recordsSent === 20);
    assert.equal(second.texts.join(''), numberedLines(10, 10).join(''));
    assert.deepEqual(
      connected.map(({ address }) => address),
      ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.2', '127.0.0.4'],
    );
    assert.ok(asked.every((host) => host === 'reader.test'));
    assert.deepEqual(lines, []);
  });

  test('says so where its name has no address', async (context) => {
    const { lines } = openStreamRig(context, {
      target: { kind: 'tcp', host: 'reader.test', port: 1 },
      resolve: async () => {
        throw Object.assign(new Error('queryA ENOTFOUND'), { code: 'ENOTFOUND' });
      },
    });
    await until('it is noticed', () => lines.length > 0);
    assert.match(lines[0]!, /its name has no address; check the name, and the DNS of this host/);
  });

  test('waits for a resolver no longer than for the reader', async (context) => {
    const { lines } = openStreamRig(context, {
      target: { kind: 'tcp', host: 'reader.test', port: 1 },
      resolve: () => new Promise(() => undefined),
      waits: { connectMs: 50 },
    });
    await until('it is noticed', () => lines.length > 0);
    assert.match(lines[0]!, /it does not answer/);
  });

  test('at its end is not waited for longer than that', async (context) => {
    const { sink } = openStreamRig(context, {
      target: { kind: 'tcp', host: 'reader.test', port: 1 },
      resolve: () => new Promise(() => undefined),
    });
    sink.write(encodedOf(numberedLines(0, 10)));
    const startMs = nowMs();
    await sink.close(startMs + 100);
    assert.ok(nowMs() - startMs < 2_000);
    assert.equal(sink.counts.recordsUnsent.unreachable, 10);
  });
});

describe('a stream socket of the Unix domain', () => {
  test('is one like others', async (context) => {
    const path = join(folder.path, 'stream');
    let text = '';
    const server = createServer((socket) => {
      socket.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
    }).listen(path);
    await once(server, 'listening');
    const { sink, connected } = openStreamRig(context, { target: { kind: 'unix', path } });
    const lines = numberedLines(0, 10_000, 100);
    sink.write(encodedOf(lines));
    await until('all is acknowledged', () => sink.counts.recordsSent === lines.length);
    assert.equal(text, lines.join(''));
    await sink.close(nowMs() + 1_000);
    await new Promise((resolve) => server.close(resolve));
    assert.deepEqual(connected, []);
  });

  test('says what is wrong where it is not there', async (context) => {
    const { lines } = openStreamRig(context, { target: { kind: 'unix', path: join(folder.path, 'none') } });
    await until('it is noticed', () => lines.length > 0);
    assert.match(lines[0]!, /^reader: there is no such socket; check that it runs, and the path;/);
  });
});
