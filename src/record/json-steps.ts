/** Compiles a schema's fields into the steps of writing a record: constant pieces, and values between them. */
import { type Piece, piece } from './byte-text.js';
import { type Constant, jsonNotation, type Notation, otlpNotation } from './json-notation.js';
import { writing } from './json-values.js';
import type { WindowTimes } from './record.js';
import type { ConstantField, SchemaField, ValueField } from './schemas/schema.js';
import { fieldTree, type Node } from './schemas/tree.js';
import type { RunFacts, WindowValue, Writer } from './values/value.js';
import { values } from './values.js';

export type Step = ConstantStep | ValueStep | CloseStep;

interface ConstantStep {
  readonly kind: 'constant';
  /** Is made anew with each window that it tells of. */
  piece: Piece;
}

interface ValueStep {
  readonly kind: 'value';
  readonly before: Piece;
  readonly write: Writer;
  readonly after: Piece;
  /** What stands in place of all three where the value is absent; undefined for nothing. */
  readonly absent: Piece | undefined;
}

/** The end of an object or list that may turn out to be empty. */
interface CloseStep {
  readonly kind: 'close';
  /** Stands in place of the last comma. */
  readonly piece: Piece;
  /** Where no comma was written, so many bytes are taken back. */
  readonly openingBytes: number;
}

export interface Steps {
  readonly steps: readonly Step[];
  readonly openWindow: (window: WindowTimes) => void;
  /** The most bytes that all steps write. */
  readonly longestBytes: number;
}

export function compile(fields: readonly SchemaField[], facts: RunFacts): Steps {
  const composer = new Composer(facts);
  for (const node of fieldTree(fields)) composer.addNode(node);
  return composer.finish();
}

/** Constant text, or what is known when a window opens. */
type Part = string | { readonly value: WindowValue; readonly notation: Notation };

class Composer {
  readonly #facts: RunFacts;
  readonly #steps: Step[] = [];
  readonly #refills: ((window: WindowTimes) => void)[] = [];
  #longestBytes = 0;
  /** Is part of no step yet. */
  #pending: Part[] = [];

  constructor(facts: RunFacts) {
    this.#facts = facts;
  }

  finish(): Steps {
    this.#flush();
    const refills = this.#refills;
    return {
      steps: this.#steps,
      openWindow: (window) => {
        for (const refill of refills) refill(window);
      },
      longestBytes: this.#longestBytes,
    };
  }

  addNode(node: Node): void {
    const key = `${JSON.stringify(node.name)}:`;
    if (node.kind === 'object') {
      this.#nest(`${key}{`, '},', () => {
        for (const child of node.children) this.addNode(child);
      });
    } else if ('attributes' in node.field) {
      const { attributes } = node.field;
      this.#nest(`${key}[`, '],', () => {
        for (const attribute of attributes) this.#addField(attribute.name, attribute, otlpNotation);
      });
    } else {
      this.#addField(node.name, node.field, jsonNotation);
    }
  }

  #addField(name: string, field: ValueField | ConstantField, notation: Notation): void {
    const [before, after] = notation.field(name);
    const whole = (constant: Constant) => before + notation.constant(constant) + after;
    if ('constant' in field) {
      this.#pending.push(whole(field.constant));
      return;
    }
    const value = values[field.value];
    if (value.type === 'window') {
      this.#pending.push(before, { value, notation }, after);
      return;
    }
    if (value.type === 'run') {
      const constant = value.read(this.#facts) ?? field.absent;
      if (constant !== undefined) this.#pending.push(whole(constant));
      return;
    }
    this.#flush();
    const { write, longestBytes, around } = writing(value, field, notation);
    const step: ValueStep = {
      kind: 'value',
      before: piece(before + around[0]),
      write,
      after: piece(around[1] + after),
      absent: field.absent === undefined ? undefined : piece(whole(field.absent)),
    };
    this.#steps.push(step);
    const present = step.before.bytes + longestBytes + step.after.bytes;
    this.#longestBytes += Math.max(present, step.absent?.bytes ?? 0);
  }

  #nest(opening: string, closing: string, addInside: () => void): void {
    this.#pending.push(opening);
    addInside();
    const last = this.#pending.pop();
    if (last === opening) return;
    if (typeof last === 'string') {
      // Every field's text ends with a comma.
      this.#pending.push(last.slice(0, -1) + closing);
      return;
    }
    this.#steps.push({ kind: 'close', piece: piece(closing), openingBytes: piece(opening).bytes });
    this.#longestBytes += closing.length;
  }

  /** Makes a step of the constant text so far. */
  #flush(): void {
    const parts = this.#pending;
    if (parts.length === 0) return;
    this.#pending = [];
    const textAt = (window: WindowTimes) =>
      parts.map((part) => (typeof part === 'string' ? part : windowText(part, window))).join('');
    const step: ConstantStep = { kind: 'constant', piece: piece(textAt({ startUs: 0, endUs: 0 })) };
    this.#steps.push(step);
    if (parts.some((part) => typeof part !== 'string'))
      this.#refills.push((window) => {
        step.piece = piece(textAt(window));
      });
    this.#longestBytes += parts.reduce((sum, part) => sum + longestPart(part), 0);
  }
}

function windowText({ value, notation }: Exclude<Part, string>, window: WindowTimes): string {
  return notation.constant(value.read(window));
}

function longestPart(part: Part): number {
  if (typeof part === 'string') return piece(part).bytes;
  return part.notation.constant('').length + part.value.longestBytes;
}
