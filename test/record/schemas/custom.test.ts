/** What a user's own table of fields becomes, and what is said of one that is wrong. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { limits, parseSchema, SchemaFault } from '../../../src/record/schemas/custom.js';
import { jsonPlaces } from '../../../src/record/schemas/json-places.js';
import { nearest } from '../../../src/settings/nearest.js';

const parse = (text: string) => parseSchema('own.json', text, nearest);

test('a table of fields becomes a schema', () => {
  const fields = [
    { name: '@timestamp', value: 'window_end_iso' },
    { name: 'source.ip', value: 'source_ip', absent: null },
    { name: 'source.port', value: 'source_port', absent: '' },
    { name: 'event.kind', constant: 'event' },
    { name: 'event.code', constant: -1.5 },
    { name: 'event.test', constant: true },
  ];
  assert.deepEqual(parse(JSON.stringify(fields, null, 2)), { name: 'own.json', fields, numbered: [] });
});

const faults: readonly (readonly [text: string, message: string])[] = [
  ['', 'line 1, column 1: not JSON: it ends too early; close what is open'],
  ['[\n  {"name": "a",}\n]', 'line 2, column 16: not JSON: "}" cannot stand here; mend or remove it'],
  ["[{'name'", 'line 1, column 3: not JSON: "\'" cannot stand here; mend or remove it'],
  ['[{"name":"a"}\n', 'line 2, column 1: not JSON: it ends too early; close what is open'],
  ['\ufeff[]', 'line 1, column 1: not JSON: U+FEFF cannot stand here; mend or remove it'],
  ['[\u00a0]', 'line 1, column 2: not JSON: U+00A0 cannot stand here; mend or remove it'],
  ['{}', 'not an array; write [{"name": "…", "value": "…"}, …]'],
  ['[]', '0 fields; a schema has 1 to 256'],
  [JSON.stringify(Array(257).fill(0)), '257 fields; a schema has 1 to 256'],
  ['[\n1]', 'field 1 (line 2): 1: not a field; write {"name": "…", "value": "…"}'],
  ['[[]]', 'field 1 (line 1): []: not a field; write {"name": "…", "value": "…"}'],
  [
    '[{"name":"a","valu":"packets"}]',
    'field 1 (line 1): "valu": a field has no such thing; did you mean "value"?',
  ],
  [
    '[{"name":"a","zzz":1}]',
    'field 1 (line 1): "zzz": a field has no such thing; it has name, value, absent, constant',
  ],
  ['[{"value":"packets"}]', 'field 1 (line 1): it has no name; write "name": "…"'],
  ['[{"name":"","value":"packets"}]', 'field 1 (line 1): the name is ""; write "name": "…"'],
  ['[{"name":7,"value":"packets"}]', 'field 1 (line 1): the name is 7; write "name": "…"'],
  [
    '[{"name":"a..b","value":"packets"}]',
    'field 1 (line 1): "a..b": dots part names of 1 to 8 levels; leave none of them empty',
  ],
  [
    `[{"name":"${'a'.repeat(129)}","value":"packets"}]`,
    `field 1 (line 1): "${'a'.repeat(59)}…: longer than 128 characters; shorten it`,
  ],
  ['[{"name":"a"}]', 'field 1 (line 1): "a": neither a value nor a constant; give it one of them'],
  [
    '[{"name":"a","value":"packets","constant":1}]',
    'field 1 (line 1): "a": both a value and a constant; give it one of them',
  ],
  [
    '[{"name":"a","value":"packets"},\n {"name":"b","value":"sorce_ip"}]',
    'field 2 (line 2): "sorce_ip": there is no such value; did you mean "source_ip"?',
  ],
  [
    '[{"name":"a","value":"price"}]',
    'field 1 (line 1): "price": there is no such value; docs/values.md lists them',
  ],
  ['[{"name":"a","value":3}]', 'field 1 (line 1): 3: there is no such value; write its name as a text'],
  [
    '[{"name":"a","value":"__proto__"}]',
    'field 1 (line 1): "__proto__": there is no such value; docs/values.md lists them',
  ],
  [
    '[{"name":"a","value":"packets","absent":0}]',
    'field 1 (line 1): absent 0: write null or a text of at most 256 characters',
  ],
  [
    '[{"name":"a","constant":1,"absent":""}]',
    'field 1 (line 1): a constant is never absent; leave "absent" out',
  ],
  [
    '[{"name":"a","constant":1e999}]',
    'field 1 (line 1): constant null: write a number, true, false or a text of at most 256 characters',
  ],
  [
    '[{"name":"a","constant":{}}]',
    'field 1 (line 1): constant {}: write a number, true, false or a text of at most 256 characters',
  ],
  [
    '[{"name":"a","constant":1},\n\n{"name":"a","constant":2}]',
    'field 2 (line 3): "a": field 1 (line 1) has this name; choose another',
  ],
  [
    '[{"name":"a.b.c","constant":1},\n{"name":"a.b","constant":2}]',
    'field 1 (line 1): "a.b.c": "a.b" is no object, field 2 (line 2) gives it a value; choose another name',
  ],
];

describe('a schema file is refused', () => {
  for (const [text, message] of faults) {
    test(`that is ${text.slice(0, 40).replaceAll('\n', ' ')}`, () => {
      assert.throws(() => parse(text), new SchemaFault(message));
    });
  }
});

test('names of 128 characters and 256 fields are taken', () => {
  const name = (index: number) => `${'n'.repeat(limits.nameCharacters - 4)}.${100 + index}`;
  const fields = Array.from({ length: limits.fields }, (_, index) => ({
    name: name(index),
    constant: index,
  }));
  assert.deepEqual(parse(JSON.stringify(fields)).fields, fields);
});

describe('places in a JSON text', () => {
  const isJson = (text: string) => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };
  const letters = fc.constantFrom(
    ...'[]{}:,"\\u0aE+-.1 \n\u0001\u007f\u2028é',
    'true',
    'null',
    '\\n',
    '\ud800',
    '"a"',
  );

  test('are faults where JSON.parse finds one, and nowhere else', () => {
    const nearly = fc
      .tuple(fc.json({ maxDepth: 4 }), fc.nat(), fc.nat(2), fc.array(letters, { maxLength: 2 }))
      .map(([text, at, removed, added]) => {
        const start = at % (text.length + 1);
        return text.slice(0, start) + added.join('') + text.slice(start + removed);
      });
    const any = fc.oneof(
      nearly,
      fc.array(letters, { maxLength: 12 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(any, (text) => assert.equal(jsonPlaces(text).faultAt === undefined, isJson(text))),
      { seed: 8259, numRuns: 5_000 },
    );
  });

  test('are those of the elements of the outermost array', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 6 }), fc.nat(3), (values, indent) => {
        const text = JSON.stringify(values, null, indent);
        const { elements } = jsonPlaces(text);
        assert.equal(elements.length, values.length);
        elements.forEach((at, index) => {
          assert.ok(text.slice(at).startsWith(JSON.stringify(values[index], null, indent).split('\n')[0]!));
        });
      }),
      { seed: 8259, numRuns: 500 },
    );
  });

  test('are found in a text that nests without end', () => {
    assert.equal(jsonPlaces('['.repeat(65_536)).faultAt, 64);
  });
});
