/** Which input `npm start` is to read. */

/**
 * The arguments with the default route's interface put before them, unless they choose an input or want something else;
 * so a stdin that happens to be a pipe is not read. `isLive` says whether they mean a capture, which takes permission.
 * Wrong arguments pass as they are: the program says what is wrong with them.
 */
export async function withInput(given, parseCommandLine) {
  const parsed = (args) => parseCommandLine(args, 'nothing', 80).catch(() => undefined);
  const { kind } = (await parsed(given)) ?? {};
  // These have to stay the first word.
  if (kind === 'doctor' || kind === 'verify') return { isLive: kind === 'doctor', args: given };
  const interfacesOf = async (args) => {
    const command = await parsed(args);
    const input = command?.kind === 'run' ? command.config.input : undefined;
    return input?.kind === 'live' ? input.interfaces : [];
  };
  const args = ['-i', 'auto', ...given];
  const interfaces = await interfacesOf(args);
  return interfaces.length === 1 ? { isLive: true, args } : { isLive: interfaces.length > 1, args: given };
}
