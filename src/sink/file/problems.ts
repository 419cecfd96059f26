/** What can be wrong with a file that records go to, in words, with the remedy. */

/** What a file is that the system would open, but that nothing is appended to. */
const refusals = {
  irregular: 'it is no regular file; name a file, or - for stdout',
  linked: 'it has several names (hard links), and root would write to all of them; name another file',
  'in-use': 'another --to appends to the same file; give it once',
  locked: 'another process appends to it; give each a file of its own, or end the other one',
} as const;

export type Refusal = keyof typeof refusals;

export class RefusedFile extends Error {
  readonly code: Refusal;

  constructor(code: Refusal) {
    super(refusals[code]);
    this.name = new.target.name;
    this.code = code;
  }
}

const texts: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; make room on it',
  EDQUOT: 'the disk quota is used up; make room, or raise it',
  EFBIG: 'it is as large as a file may become here (ulimit -f); rotate it earlier, or raise the limit',
  EACCES: 'no permission; let this user read and write it, and its folder',
  EPERM: 'no permission; look for attributes with lsattr, and let this user read and write it',
  ENOENT: 'there is no such folder; make it',
  ENOTDIR: 'a part of its path is no folder; name another path',
  EISDIR: 'it is a folder; name a file in it',
  ELOOP: 'it is a symbolic link, which is not followed; name the file itself',
  ENAMETOOLONG: 'its name is too long, with the time behind it too; choose a shorter one',
  ENXIO: refusals.irregular,
  EROFS: 'the file system is read-only; mount it writable, or name another path',
};

/** "the disk is full; make room on it (ENOSPC)". */
export function problemText(problem: unknown): string {
  const { code, message } = problem as NodeJS.ErrnoException;
  if (problem instanceof RefusedFile) return message;
  const text = code === undefined ? undefined : texts[code];
  return text === undefined ? message : `${text} (${code})`;
}

export const isPermissionProblem = ({ code }: NodeJS.ErrnoException): boolean =>
  code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
