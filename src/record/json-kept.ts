/** Writes fields of an object that never changes, and that many records share: their bytes are made once, and then copied. */
import { type Step, writeSteps } from './json-writing.js';
import { ABSENT, type Kept, type Writer } from './values/value.js';

/** For how many objects the bytes are kept, for each run of fields. */
const mostKept = 2_048;

/** Writes what `steps` write; all their values are read from the object that `keptIn` returns. */
export function keptWriter(keptIn: Kept, steps: readonly Step[]): Writer {
  const bytesOf = new Map<object, Uint8Array>();
  return (record, line, offset) => {
    const thing = keptIn(record);
    if (thing === null) return ABSENT;
    if (thing === undefined) return writeSteps(steps, record, line, offset);
    const known = bytesOf.get(thing);
    if (known !== undefined) {
      line.bytes.set(known, offset);
      return offset + known.length;
    }
    const end = writeSteps(steps, record, line, offset);
    if (bytesOf.size >= mostKept) bytesOf.clear();
    bytesOf.set(thing, new Uint8Array(line.bytes.subarray(offset, end)));
    return end;
  };
}
