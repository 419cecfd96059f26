/** The limit of open files, which any call may meet with: Node's, libpcap's or the C library's. */

/** Node's codes, of the process's own limit and of the whole system's. */
const limitCodes = ['EMFILE', 'ENFILE'];
/** The C library's words for both: all that libpcap and the dynamic loader hand on. */
const limitWords = /too many open files/i;
/** An error that was wrapped more often than that is looked at no deeper. */
const mostCauses = 8;

/** The error's message, with the remedy where that limit is what it tells of. */
export function withLimitRemedy(error: Error): string {
  const { message } = error;
  return meetsLimit(error) ? `${message}; raise the limit of open files with "ulimit -n"` : message;
}

function meetsLimit(error: Error): boolean {
  let cause: unknown = error;
  for (let depth = 0; cause instanceof Error && depth < mostCauses; depth++, cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (limitCodes.some((limitCode) => limitCode === code) || limitWords.test(cause.message)) return true;
  }
  return false;
}
