/** Which input `npm start` is to read. */

/**
 * The arguments with the default route's interface put before them, unless they choose an input or want something else;
 * so a stdin that happens to be a pipe is not read. `isLive` says whether they mean a capture, which takes permission.
 * Wrong arguments pass as they are: the program says what is wrong with them.
 */
export async function withInput(given, parseCommandLine) {
  const parsed = (args, stdin) => parseCommandLine(args, stdin, 80).catch(() => undefined);
  const isCapture = (command) => command?.kind === 'run' && command.config.input.kind === 'live';
  // With something on stdin, only an interface that was chosen makes it a capture.
  const command = await parsed(given, 'data');
  // These have to stay the first word.
  if (command?.kind === 'doctor' || command?.kind === 'verify')
    return { isLive: command.kind === 'doctor', args: given };
  if (isCapture(command)) return { isLive: true, args: given };
  const args = ['-i', 'auto', ...given];
  const isLive = isCapture(await parsed(args, 'nothing'));
  return { isLive, args: isLive ? args : given };
}
