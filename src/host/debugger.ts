/**
 * Node's debugger, which it opens on SIGUSR1: whoever may signal the process and connect to a port of this host could then
 * run code in it, with all of its rights. The launcher takes the signal, but one may have come before its first line.
 */

/** Options of Node's that open it, alone or with "=" and an address. */
const opening = /^--inspect(-brk|-wait)?(=|$)/;

/**
 * Closes the debugger, unless the user asked for it. Takes 2 to 6 ms; where somebody is connected already, until they
 * leave: nothing is opened for them to see.
 */
export async function closeDebugger(): Promise<void> {
  const options = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)];
  if (!process.features.inspector || options.some((option) => opening.test(option))) return;
  // What the signal set going may still wait for its turn in the event loop, and would open it again.
  await new Promise((resolve) => setImmediate(resolve));
  const { close, url } = process.getBuiltinModule('node:inspector');
  if (url() !== undefined) close();
}
