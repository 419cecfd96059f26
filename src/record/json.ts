/**
 * Records as lines of JSON (RFC 8259): byte for byte what JSON.stringify makes of the same object, at a fraction of its
 * cost. A schema is compiled into steps once; numbers come from digit tables, and what a window's records share is put
 * together when the window opens.
 */
import { slackBytes } from './byte-text.js';
import { compile } from './json-steps.js';
import { type Step, writeSteps } from './json-writing.js';
import type { FlowRecord, RecordFormat, WindowTimes } from './record.js';
import type { Schema } from './schemas/schema.js';
import { hashWindow } from './values/ids.js';
import { ABSENT, type Line, type RunFacts } from './values/value.js';

export interface JsonFormatOptions {
  readonly schema: Schema;
  readonly facts: RunFacts;
  /** Numbers the records of this format from 1 on, which therefore serves one sink only. */
  readonly numbered: boolean;
}

/** Makes a format that writes each record as one line of JSON. */
export function createJsonFormat(options: JsonFormatOptions): RecordFormat {
  return new JsonFormat(options);
}

const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const newline = 0x0a;

class JsonFormat implements RecordFormat {
  readonly maxRecordBytes: number;
  readonly #steps: readonly Step[];
  readonly #openSteps: (window: WindowTimes) => void;
  readonly #line: Line;
  readonly #numbered: boolean;

  constructor({ schema, facts, numbered }: JsonFormatOptions) {
    const fields = numbered ? [...schema.fields, ...schema.numbered] : schema.fields;
    const { steps, openWindow, longestBytes } = compile(fields, facts);
    this.#steps = steps;
    this.#openSteps = openWindow;
    this.#numbered = numbered;
    this.maxRecordBytes = longestBytes + '{}\n'.length + slackBytes;
    const bytes = new Uint8Array(0);
    this.#line = {
      bytes,
      view: new DataView(bytes.buffer),
      window: { startUs: 0, endUs: 0 },
      windowHash: new Int32Array(2),
      facts,
      sequence: numbered ? 0 : ABSENT,
    };
    this.openWindow(this.#line.window);
  }

  openWindow(window: WindowTimes): void {
    const line = this.#line;
    line.window = { startUs: window.startUs, endUs: window.endUs };
    line.windowHash = hashWindow(line.facts, window);
    this.#openSteps(window);
  }

  encode(record: FlowRecord, bytes: Uint8Array, offset: number): number {
    const line = this.#line;
    if (bytes !== line.bytes) {
      line.bytes = bytes;
      line.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    if (this.#numbered) line.sequence++;
    bytes[offset] = openBrace;
    let end = writeSteps(this.#steps, record, line, offset + 1);
    if (bytes[end - 1] === comma) end--;
    bytes[end] = closeBrace;
    bytes[end + 1] = newline;
    return end + 2;
  }
}
