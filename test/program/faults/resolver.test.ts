/** Resolvers that are dead, slow or lying: names suffer; windows go on, and their sums are right. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { describe, type TestContext, test } from 'node:test';
import { type DnsScript, pointer, replyTo, startDnsServer } from '../../enrich/names/scripted-dns-server.js';
import { assertCollected } from '../../support/accounting.js';
import { type Collector, openCollector } from '../../support/collector.js';
import { startProgram } from '../../support/program.js';
import { textOfFlows } from '../../support/text-flows.js';
import { until } from '../../support/until.js';

const flows = 500;
const intervalMs = 200;
const slowMs = 700;

/** Runs the program on flows that go on all the time until `enough`; returns its records, in order. */
async function run(context: TestContext, dns: string, enough: (collector: Collector) => boolean) {
  const collector = await openCollector();
  context.after(() => collector.close());
  const program = startProgram([
    ...['--dns', dns, '--datadog-ranges', 'off'],
    ...['--interval', `${intervalMs}ms`, '--to', `127.0.0.1:${collector.port}`],
  ]);
  context.after(() => program.child.kill('SIGKILL'));
  program.child.stdin.on('error', () => undefined);
  const timer = setInterval(() => program.child.stdin.write(textOfFlows(flows)), intervalMs / 4);
  context.after(() => clearInterval(timer));
  await until('enough has arrived', () => collector.records.length > 5 * flows && enough(collector));
  clearInterval(timer);
  program.child.stdin.end();
  await assertCollected(await program.finished, collector);
  const windows = new Set(collector.records.map(({ time }) => time));
  assert.ok(windows.size > 5, `${windows.size} windows`);
  return collector.records;
}

async function serve(context: TestContext, script: DnsScript): Promise<string> {
  const server = await startDnsServer(script);
  context.after(() => server.close());
  return server.address;
}

describe('a resolver', { concurrency: true }, () => {
  test('that is dead leaves the addresses', async (context) => {
    const server = await startDnsServer({});
    await server.close();
    const records = await run(context, server.address, () => true);
    for (const { source_IP, source_HOST } of records) assert.equal(source_HOST, source_IP);
  });

  test('that is slow delays names only', async (context) => {
    const timers: NodeJS.Timeout[] = [];
    context.after(() => timers.forEach(clearTimeout));
    const dns = await serve(context, {
      udp(question, reply) {
        const answers = [pointer(question.name, 'slow.example')];
        timers.push(setTimeout(() => reply(replyTo(question, { answers })), slowMs));
      },
    });
    const isNamed = ({ records }: Collector) =>
      records.some(({ source_HOST }) => source_HOST === 'slow.example');
    const records = await run(context, dns, isNamed);
    assert.ok(records.slice(0, flows).every(({ source_IP, source_HOST }) => source_HOST === source_IP));
  });

  test('that is lying is not believed', async (context) => {
    const stranger = createSocket('udp4');
    const dns = await serve(context, {
      udp(question, reply) {
        const { name, id, sender } = question;
        const lie = (owner: string) => ({ answers: [pointer(owner, 'lie.example')] });
        reply(replyTo({ id: id ^ 1, name }, lie(name)));
        reply(replyTo({ id, name: '1.2.0.192.in-addr.arpa' }, lie('1.2.0.192.in-addr.arpa')));
        reply(replyTo(question, { answers: [{ type: 'A', name, data: '192.0.2.1' }] }));
        reply(Buffer.from('no answer at all'));
        stranger.send(replyTo(question, lie(name)), sender.port, sender.address);
      },
    });
    context.after(() => stranger.close());
    const records = await run(context, dns, () => true);
    for (const { source_IP, source_HOST } of records)
      assert.notEqual(source_HOST, 'lie.example', String(source_IP));
  });
});
