/**
 * Writes numbered records to its stdout through a sink and tells on stderr what became of them. A program for tests:
 * arguments are the number of records, how they are written ('paced' waits for the sink, 'all' does not), and the
 * milliseconds that closing may take.
 */
import { writeSync } from 'node:fs';
import type { SinkCounts } from '../../src/sink/sink.js';
import { openStdoutSink } from '../../src/sink/stdout.js';
import { encodedOf, numberedLines } from './encoded.js';

export const recordBytes = 300;
const recordsEach = 250;

export interface WriterReport {
  readonly counts: SinkCounts;
  readonly broken: boolean;
  readonly lines: readonly string[];
}

const [records = '', manner = '', closingMs = ''] = process.argv.slice(2);
if (records !== '') await writeAll(Number(records), manner === 'paced', Number(closingMs));

async function writeAll(total: number, paced: boolean, closing: number): Promise<void> {
  const lines: string[] = [];
  const sink = openStdoutSink({ descriptor: 1, log: { limited: (_, text) => lines.push(text) } });
  for (let written = 0; written < total && sink.broken !== true; written += recordsEach) {
    sink.write(encodedOf(numberedLines(written, Math.min(recordsEach, total - written), recordBytes)));
    if (paced) await sink.drained();
  }
  await sink.close(performance.now() + closing);
  const { counts, broken = false } = sink;
  writeSync(2, JSON.stringify({ counts, broken, lines: [...new Set(lines)] } satisfies WriterReport));
}
