/** The two functions that yargs takes from Node's assert, which would bring a dozen modules along. */
export function strictEqual(actual, expected, message) {
  if (!Object.is(actual, expected)) throw new Error(message);
}

export function notStrictEqual(actual, expected, message) {
  if (Object.is(actual, expected)) throw new Error(message);
}
