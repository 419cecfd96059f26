/** Every value that a schema can name. The names are those of the schema `full`, and stay. */
import { countValues } from './values/counts.js';
import { endValues } from './values/ends.js';
import { healthValues } from './values/health.js';
import { connectionValues } from './values/hosts.js';
import { idValues } from './values/ids.js';
import { messageValues } from './values/message.js';
import { flowOwnerValues } from './values/owners.js';
import { runValues } from './values/run.js';
import { segmentValues } from './values/segments.js';
import { signValues } from './values/signs.js';
import { timeValues } from './values/times.js';
import type { Value } from './values/value.js';
import { whatValues } from './values/what.js';

const rows = {
  ...timeValues,
  ...endValues,
  ...connectionValues,
  ...flowOwnerValues,
  ...whatValues,
  ...countValues,
  ...signValues,
  ...healthValues,
  ...segmentValues,
  ...idValues,
  ...messageValues,
  ...runValues,
} as const satisfies Readonly<Record<string, Value>>;

export type ValueName = keyof typeof rows;

export const values: Readonly<Record<ValueName, Value>> = rows;

export const valueNames = Object.keys(rows) as readonly ValueName[];
