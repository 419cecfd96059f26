import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OptionRow } from '../../src/settings/option-row.js';
import { rows } from '../../src/settings/options.js';
import { type Place, Settings } from '../../src/settings/settings.js';

/** A place as a configuration file could be one. */
function place(name: string, texts: Readonly<Record<string, readonly string[]>>): Place {
  return (row: OptionRow) =>
    (texts[row.name] ?? []).map((text) => {
      const option = `${name}: ${row.name}`;
      return { text, option, place: `${option}: ${text}` };
    });
}

describe('settings of several places', () => {
  const first = place('first', { rate: ['1'], interface: ['a', 'b'] });
  const second = place('second', { rate: ['2'], pack: ['20'], read: ['x'] });
  const third = place('third', {
    pack: ['30'],
    queue: ['7'],
    interface: ['c'],
    seq: ['1'],
    buffer: ['1', '2'],
  });
  const settings = new Settings([first, second, third]);

  test('are each that of the first place that has it, else the default', () => {
    assert.equal(settings.one(rows.rate), 1);
    assert.equal(settings.one(rows.pack), 20);
    assert.equal(settings.one(rows.queue), 7 * 1024 * 1024);
    assert.equal(settings.one(rows.interval), 20_000);
    assert.equal(settings.maybe(rows.user), undefined);
    assert.equal(settings.flag(rows.seq), true);
    assert.equal(settings.flag(rows.noNames), false);
    assert.deepEqual(settings.all(rows.interface), ['a', 'b']);
    assert.deepEqual(settings.all(rows.to), []);
  });

  test('that exclude each other are those of one place', () => {
    const named = settings.firstWith(rows.interface, rows.read);
    assert.deepEqual([named.all(rows.interface), named.all(rows.read)], [['a', 'b'], []]);
    assert.deepEqual(settings.firstWith(rows.dns).all(rows.dns), []);
  });

  test('give way to a place that is put before them', () => {
    const own = settings.under(place('own', { rate: ['5'] }));
    assert.deepEqual([own.one(rows.rate), own.one(rows.pack)], [5, 20]);
  });

  test('name their place, and a default as it would be written', () => {
    assert.equal(settings.place(rows.pack), 'second: pack: 20');
    assert.equal(settings.place(rows.interval), '--interval 20s');
    assert.throws(() => settings.one(rows.buffer), {
      name: 'UsageError',
      message: 'third: buffer 1 and 2: given twice; give it once',
    });
    const wrong = new Settings([place('file', { rate: ['x'] })]);
    assert.throws(() => wrong.one(rows.rate), { message: /^file: rate: x: not a whole number; / });
  });
});
