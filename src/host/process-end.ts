/** The end of the process, when everything is written and its exit code is known. */

/** Node's names of questions to the C library's resolver: each holds a thread, and nothing takes one back. */
const lookUps = ['GetAddrInfoReqWrap', 'GetNameInfoReqWrap'];

/**
 * Ends the process at once where a look-up of a name is under way, for which Node would wait: up to a minute where no
 * resolver answers. That takes the addon. Else it resolves, and the process ends when nothing is left to be done.
 */
export async function endProcess(exitCode: number): Promise<void> {
  process.exitCode = exitCode;
  if (!process.getActiveResourcesInfo().some((name) => lookUps.includes(name))) return;
  const { loadNative } = await import('./native.js');
  const { native } = loadNative();
  if (native === undefined) return;
  await Promise.all([taken(process.stdout), taken(process.stderr)]);
  native.exit(exitCode);
}

/** Resolves when the stream has handed over all that was written to it, or has nobody to hand it to. */
function taken(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength === 0) return Promise.resolve();
  return new Promise((resolve) => stream.write('', () => resolve()));
}
