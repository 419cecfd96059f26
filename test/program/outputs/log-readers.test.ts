/** The program against Elasticsearch, OTLP, Splunk and Loki as they are written down: what they keep is what the ledger says. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { received } from '../../proof/received.js';
import { lastLedger, type PrintedSink } from '../../support/ledger-text.js';
import { offline, startProgram } from '../../support/program.js';
import { startHttpReader } from '../../support/readers/http-reader.js';
import {
  elasticsearchReader,
  type LogReader,
  lokiReader,
  otlpReader,
  splunkReader,
} from '../../support/readers/log-readers.js';
import { textOfFlows } from '../../support/text-flows.js';

const windows = 6;
const flows = 50;
/** A window each 20 seconds, of records that are numbered from 1 to 300. */
const text = Array.from({ length: windows }, (_, window) =>
  textOfFlows(flows).replaceAll('23:28:20', `23:${String(30 + window)}:20`),
).join('');

interface Run {
  readonly sink: PrintedSink;
  readonly stderr: string;
  readonly got: ReturnType<typeof received>;
  readonly requests: number;
}

async function runAgainst(context: TestContext, reader: LogReader): Promise<Run> {
  const server = await startHttpReader(reader.script);
  context.after(() => server.close());
  const program = startProgram(['-r', '-', '--seq', '--to', reader.to(server.port), ...offline], {
    env: { ...process.env, ...reader.environment },
  });
  context.after(() => program.child.kill('SIGKILL'));
  program.child.stdin.end(text);
  const { exitCode, stderr } = await program.finished;
  assert.equal(exitCode, 1, 'records were not taken');
  const ledger = lastLedger(stderr);
  assert.ok(ledger.balanced, stderr);
  assert.equal(ledger.packets, windows * flows);
  const sink = ledger.sinks[0]!;
  assert.equal(sink.records + sink.recordsUnsent, windows * flows, stderr);
  assert.equal(sink.acknowledgedBy, 'reader');
  const got = received(reader.lines());
  assert.equal(got.torn, 0);
  return { sink, stderr, got, requests: server.requests.length };
}

const isRefused = (sequence: number): boolean => sequence % 140 === 7;
/** 7, 147 and 287: each in a window of its own. */
const refused = 3;

describe('readers of logs get every record, and the ledger says what they did with it', {
  concurrency: true,
}, () => {
  test('Elasticsearch takes some, has some, is busy with some and refuses some', async (context) => {
    const reader = elasticsearchReader({
      fate: (sequence, tries) => {
        if (isRefused(sequence)) return 'refuse';
        return sequence % 9 === 0 && sequence <= 2 * flows && tries === 0 ? 'busy' : 'take';
      },
      losesAnswer: (position) => position === 2,
    });
    const { sink, got, stderr } = await runAgainst(context, reader);
    assert.deepEqual(sink.unsent, { rejected: refused }, stderr);
    assert.deepEqual([got.unique, got.duplicates], [windows * flows - refused, 0]);
    assert.ok(sink.recordsRetried >= 11, 'those that it was busy with came again');
    assert.ok(sink.duplicatesPossible > 0, 'it kept them, but nobody knew');
    assert.match(stderr, /document_parsing_exception/);
  });

  test('OTLP rejects by number, and wants to be left alone', async (context) => {
    const reader = otlpReader({
      fate: (sequence) => (isRefused(sequence) ? 'refuse' : 'take'),
      trouble: (position) => [{ status: 429, headers: { 'retry-after': '1' } }, { status: 503 }][position],
    });
    const { sink, got, stderr, requests } = await runAgainst(context, reader);
    assert.deepEqual(sink.unsent, { rejected: refused }, stderr);
    assert.deepEqual([got.unique, got.duplicates], [windows * flows - refused, 0]);
    assert.equal(sink.duplicatesPossible, 0);
    assert.ok(requests >= windows + 2);
  });

  test('Splunk stops at an event, and at being busy', async (context) => {
    const reader = splunkReader({
      fate: (sequence, tries) => {
        if (isRefused(sequence)) return 'refuse';
        return sequence === 30 && tries === 1 ? 'busy' : 'take';
      },
    });
    const { sink, got, stderr } = await runAgainst(context, reader);
    assert.deepEqual(sink.unsent, { rejected: refused }, stderr);
    assert.equal(got.unique, windows * flows - refused);
    assert.ok(got.duplicates > 0 && got.duplicates <= sink.duplicatesPossible, stderr);
  });

  test('Loki takes a window or refuses it', async (context) => {
    const reader = lokiReader({
      fate: (sequence, tries) => {
        if (sequence > flows && sequence <= 2 * flows) return 'refuse';
        return sequence === 3 * flows && tries === 0 ? 'busy' : 'take';
      },
      losesAnswer: (position) => position === 0,
    });
    const { sink, got, stderr } = await runAgainst(context, reader);
    assert.deepEqual(sink.unsent, { rejected: flows }, stderr);
    assert.deepEqual([got.unique, got.duplicates], [windows * flows - flows, 0], 'lines are kept once');
    assert.match(stderr, /entry has timestamp too old/);
  });
});
