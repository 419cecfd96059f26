/** What a record of one direction has to say of health: that of the conversation, and of the segments its own. */
import { isDeepStrictEqual } from 'node:util';
import { segmentValues } from '../../../../src/record/values/segments.js';
import { healthOf } from './judge.js';
import type { Figures } from './scene.js';
import type { HealthRecord } from './watcher.js';

const ofSource = Object.keys(segmentValues).filter((name) => name.startsWith('source_'));
const sides = /^(source|target|client|server)_(?!nw_)/;

/** What is wrong, a line each: of the records of each conversation's directions. */
export function judgeDirections(
  directions: readonly HealthRecord[],
  conversations: readonly HealthRecord[],
): readonly string[] {
  return conversations.flatMap((conversation) => {
    const own = directions.filter(
      ({ conversation_id }) => conversation_id === conversation['conversation_id'],
    );
    const whole = healthOf(conversation);
    const expectedCount = Number(conversation['flows']);
    const wrong = own.flatMap((record) => {
      const side = record['source_address'] === conversation['client_ip'] ? 'client' : 'server';
      const told = { ...withoutSides(healthOf(record)), ...sent(record, 'source') };
      const expected = { ...withoutSides(whole), ...sent(conversation, side) };
      return isDeepStrictEqual(told, expected)
        ? []
        : [`${side} of ${conversation['message']}: ${JSON.stringify(told)}, not ${JSON.stringify(expected)}`];
    });
    return own.length === expectedCount
      ? wrong
      : [`${conversation['message']}: ${own.length} directions`, ...wrong];
  });
}

const withoutSides = (figures: Figures): Figures =>
  Object.fromEntries(Object.entries(figures).filter(([name]) => !sides.test(name)));

/** By their names without the side. */
function sent(record: HealthRecord, side: string): Figures {
  const names = ofSource.map((name) => name.slice('source_'.length));
  const told = names.filter((name) => `${side}_${name}` in record);
  return Object.fromEntries(told.map((name) => [name, Number(record[`${side}_${name}`])]));
}
