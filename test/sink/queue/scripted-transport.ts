/** A reader whose answers a test gives, and a sink that sends to it, on a clock that the test moves. */
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { Outbox } from '../../../src/sink/outbox.js';
import { QueuedSink, type QueuedSinkOptions } from '../../../src/sink/queued-sink.js';
import type { RecordRun } from '../../../src/sink/record-run.js';
import type { Answer, Retry, RunLimits, Transport } from '../../../src/sink/transport.js';

/** A run that has been sent, and has no answer yet. */
export interface Sent {
  readonly run: RecordRun;
  /** What the records say, by their number. */
  readonly numbers: readonly number[];
  answer(answer: Answer): void;
}

export const usualLimits: RunLimits = {
  ...{ records: 10, bytes: 1_000, recordBytes: 200 },
  ...{ runsUnderWay: 1, bytesUnderWay: 1_000 },
};

export const retry = (more: Partial<Retry> = {}): Answer => ({ kind: 'retry', why: 'it is away', ...more });
export const split: Answer = { kind: 'split', why: 'too much at once' };

export function numbersOf({ encoded, start, end }: RecordRun): number[] {
  const lines = Buffer.from(encoded.bytes.subarray(start, end)).toString().split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line).n as number);
}

export class ScriptedTransport implements Transport {
  readonly limits: RunLimits;
  acknowledgedBy: Transport['acknowledgedBy'] = 'reader';
  /** In order. */
  readonly pending: Sent[] = [];
  /** The records of each run that was ever sent. */
  readonly sends: (readonly number[])[] = [];
  /** Called with each answer, before the sink gets it. */
  answered: (sent: Sent, answer: Answer) => void = () => {};
  open?: () => Promise<Retry | undefined>;
  closedAtMs: number | undefined;
  /** What those get that have no answer when it closes; undefined leaves them without. */
  lastAnswer: Answer | undefined = retry({ mayHaveArrived: true });

  constructor(limits: Partial<RunLimits> = {}) {
    this.limits = { ...usualLimits, ...limits };
  }

  send(run: RecordRun): Promise<Answer> {
    const numbers = numbersOf(run);
    this.sends.push(numbers);
    return new Promise((resolve) => {
      const sent: Sent = {
        run,
        numbers,
        answer: (answer) => {
          this.pending.splice(this.pending.indexOf(sent), 1);
          this.answered(sent, answer);
          resolve(answer);
        },
      };
      this.pending.push(sent);
    });
  }

  get waits(): boolean {
    return this.pending.length > 0;
  }

  /** Answers the oldest run that has none. */
  async answer(answer: Answer = { kind: 'sent' }): Promise<void> {
    this.pending[0]!.answer(answer);
    await eventLoopTurn();
  }

  async close(deadlineMs: number): Promise<void> {
    this.closedAtMs = deadlineMs;
    const answer = this.lastAnswer;
    if (answer !== undefined) for (const sent of [...this.pending]) sent.answer(answer);
  }
}

export interface SinkRig {
  readonly sink: QueuedSink;
  readonly transport: ScriptedTransport;
  readonly clock: { nowMs: number; random: number };
  readonly lines: string[];
  /** Moves the clock, and gives the sink its turn. */
  pass(ms: number): Promise<void>;
}

export function createSinkRig(
  transport = new ScriptedTransport(),
  options: Partial<QueuedSinkOptions> = {},
): SinkRig {
  const clock = { nowMs: 0, random: 0.999 };
  const lines: string[] = [];
  const sink = new QueuedSink({
    name: 'reader:1',
    transport,
    queue: new Outbox(100_000, 50_000),
    log: { limited: (_subject, text) => lines.push(text) },
    nowMs: () => clock.nowMs,
    random: () => clock.random,
    ...options,
  });
  return {
    sink,
    transport,
    clock,
    lines,
    async pass(ms) {
      clock.nowMs += ms;
      sink.tick(clock.nowMs);
      await eventLoopTurn();
    },
  };
}
