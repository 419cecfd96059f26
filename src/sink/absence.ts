/** How a collector is away: its host says so, or there is no way to such a host. */
export type Absence = 'refused' | 'unreachable';

export function absenceOf(error: NodeJS.ErrnoException): Absence {
  return error.code === 'ECONNREFUSED' ? 'refused' : 'unreachable';
}

/** The same for people, and what becomes of the records. */
export function absenceText({ code }: NodeJS.ErrnoException): string {
  const reason = code === 'EACCES' ? 'EACCES: a broadcast address, or forbidden by a firewall' : code;
  const what = code === 'ECONNREFUSED' ? 'nothing listens on that port' : `cannot be reached (${reason})`;
  return `${what}; records wait until the collector is back or the run ends`;
}
