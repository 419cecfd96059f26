/** The limit of open files, which any call may meet with: in Node's words, a worker's, libpcap's and the C library's. */

const tooManyFiles = /\b(EMFILE|ENFILE)\b|too many open files/i;

/** The message with the remedy, where that limit is what it tells of. */
export function withLimitRemedy(message: string): string {
  return tooManyFiles.test(message) ? `${message}; raise the limit of open files with "ulimit -n"` : message;
}
