/** Which input `npm start` is to read. */

/**
 * The arguments with the default route's interface put before them, unless they choose an input or want something else;
 * so a stdin that happens to be a pipe is not read. `isLive` says whether they mean a capture, which takes permission.
 * Wrong arguments pass as they are: the program says what is wrong with them.
 */
export async function withInput(given, parseCommand) {
  const { env: environment } = process;
  const parsed = (args, stdin) =>
    parseCommand(args, { environment, stdin, columns: 80 }).catch(() => undefined);
  const reads = (command, kind) => command?.kind === 'run' && command.config.input.kind === kind;
  // With something on stdin, only an interface that was chosen makes it a capture.
  const command = await parsed(given, 'data');
  // These have to stay the first word.
  if (command?.kind === 'doctor' || command?.kind === 'verify')
    return { isLive: command.kind === 'doctor', args: given };
  if (reads(command, 'live')) return { isLive: true, args: given };
  if (reads(command, 'files')) return { isLive: false, args: given };
  const args = ['-i', 'auto', ...given];
  const isLive = reads(await parsed(args, 'nothing'), 'live');
  return { isLive, args: isLive ? args : given };
}
