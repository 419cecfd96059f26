/** Compiles a schema's fields into the steps of writing a record: constant pieces, and values between them. */
import { type Piece, piece } from './byte-text.js';
import { keptWriter } from './json-kept.js';
import { type Constant, jsonNotation, type Notation, otlpNotation } from './json-notation.js';
import { insideString } from './json-text.js';
import { CLOSE, CONSTANT, type Reading, WRITTEN, writing } from './json-values.js';
import type { Step } from './json-writing.js';
import type { WindowTimes } from './record.js';
import type { ConstantField, SchemaField, ValueField } from './schemas/schema.js';
import { fieldTree, type Node } from './schemas/tree.js';
import type { Kept, RunFacts, Value, WindowValue } from './values/value.js';
import { values } from './values.js';

export interface Steps {
  readonly steps: readonly Step[];
  readonly openWindow: (window: WindowTimes) => void;
  /** The most bytes that all steps write. */
  readonly longestBytes: number;
}

export function compile(fields: readonly SchemaField[], facts: RunFacts): Steps {
  const composer = new Composer(facts, true);
  composer.addNodes(fieldTree(fields));
  return composer.finish();
}

interface StepParts {
  readonly after?: string;
  readonly opening?: number;
  readonly absent?: Piece;
  readonly always?: boolean;
}

const nothing = piece('');
const constantReading: Reading = { kind: CONSTANT, read: undefined };
const closeReading: Reading = { kind: CLOSE, read: undefined };

/** Constant text, or what is known when a window opens. */
type Part = string | { readonly value: WindowValue; readonly notation: Notation };

class Composer {
  readonly #facts: RunFacts;
  /** Whether neighbouring fields that are read from one kept object become one step. */
  readonly #joins: boolean;
  readonly #steps: Step[] = [];
  readonly #refills: ((window: WindowTimes) => void)[] = [];
  #longestBytes = 0;
  /** Is part of no step yet. */
  #pending: Part[] = [];

  constructor(facts: RunFacts, joins: boolean) {
    this.#facts = facts;
    this.#joins = joins;
  }

  finish(): Steps {
    this.#step(constantReading, { always: true });
    const refills = this.#refills;
    return {
      steps: this.#steps,
      openWindow: (window) => {
        for (const refill of refills) refill(window);
      },
      longestBytes: this.#longestBytes,
    };
  }

  addNodes(nodes: readonly Node[]): void {
    this.#addAll(nodes, keptOfNode, (composer, node) => composer.#addNode(node));
  }

  #addNode(node: Node): void {
    const key = `${JSON.stringify(node.name)}:`;
    if (node.kind === 'object') {
      this.#nest(`${key}{`, '},', () => {
        this.addNodes(node.children);
      });
    } else if (node.kind === 'attributes') {
      const { attributes } = node;
      this.#nest(`${key}[`, '],', () => {
        this.#addAll(attributes, keptOfField, (composer, attribute) =>
          composer.#addField(attribute.name, attribute, otlpNotation),
        );
      });
    } else {
      this.#addField(node.name, node.field, jsonNotation);
    }
  }

  /** Joins neighbours that are read from one kept object. */
  #addAll<Part>(
    parts: readonly Part[],
    keptOf: (part: Part) => Kept | undefined,
    add: (composer: Composer, part: Part) => void,
  ): void {
    for (let start = 0, end = 1; start < parts.length; start = end++) {
      const kept = this.#joins ? keptOf(parts[start]!) : undefined;
      if (kept === undefined) {
        add(this, parts[start]!);
        continue;
      }
      while (end < parts.length && keptOf(parts[end]!) === kept) end++;
      const inner = new Composer(this.#facts, false);
      for (const part of parts.slice(start, end)) add(inner, part);
      this.#addKept(kept, inner.finish());
    }
  }

  #addKept(kept: Kept, { steps, longestBytes }: Steps): void {
    if (this.#pending.length > 0) this.#step(constantReading, { always: true });
    this.#step({ kind: WRITTEN, read: keptWriter(kept, steps) }, {});
    this.#longestBytes += longestBytes;
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
    const { reading, longestBytes, around } = writing(value, field, notation);
    const inPlace = absentInPlace(value, field, around[0], notation);
    this.#longestBytes += longestBytes;
    if (inPlace !== undefined) {
      this.#pending.push(before + around[0]);
      this.#step(reading, { absent: piece(inPlace), always: true });
      this.#pending.push(around[1] + after);
      return;
    }
    if (this.#pending.length > 0) this.#step(constantReading, { always: true });
    this.#pending.push(before + around[0]);
    this.#step(reading, {
      after: around[1] + after,
      absent: field.absent === undefined ? nothing : piece(whole(field.absent)),
    });
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
    this.#pending.push(closing);
    this.#step(closeReading, { opening: piece(opening).bytes });
  }

  /** Makes a step that begins with the constant text so far. */
  #step(reading: Reading, { after = '', opening = 0, absent = nothing, always = false }: StepParts): void {
    const parts = this.#pending;
    this.#pending = [];
    const textAt = (window: WindowTimes) =>
      parts.map((part) => (typeof part === 'string' ? part : windowText(part, window))).join('');
    const before = piece(textAt({ startUs: 0, endUs: 0 }));
    const { kind, read } = reading;
    const afterBytes = after.length;
    // Not `...reading`: of what is spread, V8 makes an object whose properties take long to find.
    const step = { kind, read, before, after: wordOf(after), afterBytes, opening, absent, always } as Step;
    this.#steps.push(step);
    if (parts.some((part) => typeof part !== 'string'))
      this.#refills.push((window) => {
        step.before = piece(textAt(window));
      });
    this.#longestBytes += parts.reduce((sum, part) => sum + longestPart(part), after.length + absent.bytes);
  }
}

function keptOfNode(node: Node): Kept | undefined {
  if (node.kind === 'field') return keptOfField(node.field);
  const inside = node.kind === 'object' ? node.children.map(keptOfNode) : node.attributes.map(keptOfField);
  return inside.every((kept) => kept === inside[0]) ? inside[0] : undefined;
}

function keptOfField(field: ValueField | ConstantField): Kept | undefined {
  return 'value' in field && field.absent === undefined ? values[field.value].kept : undefined;
}

/** Up to four characters of ASCII, the first in the lowest byte. */
function wordOf(text: string): number {
  if (text.length > 4) throw new Error(`${text}: longer than a word`);
  return [...text].reduce((word, character, at) => word | (character.charCodeAt(0) << (8 * at)), 0) >>> 0;
}

/** What stands between the same quotes as the value would; undefined where nothing can. */
function absentInPlace(
  value: Value,
  { absent }: ValueField,
  quote: string,
  notation: Notation,
): string | undefined {
  if (value.always === true) return '';
  if (absent === undefined) return undefined;
  if (quote === '') return notation.constant(absent);
  return value.type === 'text' && typeof absent === 'string' ? insideString(absent) : undefined;
}

function windowText({ value, notation }: Exclude<Part, string>, window: WindowTimes): string {
  return notation.constant(value.read(window));
}

function longestPart(part: Part): number {
  if (typeof part === 'string') return piece(part).bytes;
  return part.notation.constant('').length + part.value.longestBytes;
}
