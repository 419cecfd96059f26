/** The terminal that sends signals to this process: SIGINT by Ctrl-C, and SIGHUP when it is closed. */
import { closeSync, constants, openSync } from 'node:fs';

/** tty(4): who has a controlling terminal can open /dev/tty, wherever stdin and stdout lead. */
export function hasControllingTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
}
