/** Every value there is, flat, under its own name and in the order of their table; absent ones are left out. */
import { valueNames } from '../values.js';
import type { Schema } from './schema.js';

export const full: Schema = {
  name: 'full',
  fields: valueNames.map((name) => ({ name, value: name })),
  // The agent and the number, absent without --seq, have their places among the values.
  numbered: [],
};
