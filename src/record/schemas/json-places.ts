/** Where things stand in a JSON text (RFC 8259): the first character that is wrong, and each element of the outermost array. */

export interface JsonPlaces {
  /** Offset of the first thing that JSON does not allow there, the text's length where it ends too early; undefined if all is well. */
  readonly faultAt: number | undefined;
  /** Offsets of the outermost array's elements. */
  readonly elements: readonly number[];
}

const space = /[ \t\n\r]*/y;
/** A string, a number or a word. Control characters are those below U+0020 only. */
const scalar =
  /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/uy;

/** What may come next; `end` is after the outermost value. */
type State = 'value' | 'first-element' | 'first-name' | 'name' | 'colon' | 'after' | 'end';

/** Deeper than this, a text is wrong: no schema nests its fields so. */
const mostLevels = 64;

/** Takes time in proportion to the text's length: each turn of the loop passes a character at least. */
export function jsonPlaces(text: string): JsonPlaces {
  const elements: number[] = [];
  /** The brackets that are open. */
  const open: ('[' | '{')[] = [];
  let state: State = 'value';
  let at = after(space, text, 0);
  while (at < text.length) {
    const letter = text[at]!;
    const isElement =
      open.length === 1 && open[0] === '[' && (state === 'value' || state === 'first-element');
    const next = stepAt(text, at, state, open);
    if (next === undefined) return { faultAt: at, elements };
    if (isElement && letter !== ']') elements.push(at);
    state = next.state;
    at = after(space, text, next.end);
  }
  return { faultAt: state === 'end' ? undefined : text.length, elements };
}

/** Takes the thing at `at`, opening or closing a bracket where it is one. Undefined where it may not stand there. */
function stepAt(
  text: string,
  at: number,
  state: State,
  open: ('[' | '{')[],
): { readonly state: State; readonly end: number } | undefined {
  const letter = text[at]!;
  const one = (to: State) => ({ state: to, end: at + 1 });
  const closed = () => {
    open.pop();
    return one(open.length === 0 ? 'end' : 'after');
  };
  switch (state) {
    case 'first-element':
    case 'value': {
      if (letter === ']' && state === 'first-element') return closed();
      if (letter === '[' || letter === '{') {
        if (open.length === mostLevels) return undefined;
        open.push(letter);
        return one(letter === '[' ? 'first-element' : 'first-name');
      }
      const end = after(scalar, text, at);
      return end === at ? undefined : { state: open.length === 0 ? 'end' : 'after', end };
    }
    case 'first-name':
    case 'name': {
      if (letter === '}' && state === 'first-name') return closed();
      const end = letter === '"' ? after(scalar, text, at) : at;
      return end === at ? undefined : { state: 'colon', end };
    }
    case 'colon':
      return letter === ':' ? one('value') : undefined;
    case 'after': {
      const isArray = open.at(-1) === '[';
      if (letter === ',') return one(isArray ? 'value' : 'name');
      return letter === (isArray ? ']' : '}') ? closed() : undefined;
    }
    case 'end':
      return undefined;
  }
}

/** The offset after what `pattern` matches at `at`; `at` where it matches nothing. */
function after(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
