/**
 * The first word that is no option: a sub-command, or where a filter begins. A filter begins with a keyword of
 * pcap-filter(7), a number or a sign, never with a bare name: so a word that is like a command's is no filter, and
 * neither is the name of a file, where it has what no keyword has, a dot or a slash.
 */
import { statSync } from 'node:fs';
import { UsageError } from '../host/failure.js';
import { nearest } from './nearest.js';

export const subcommands = ['doctor', 'verify'] as const;

/** What is looked for as if it were a sub-command, and is an option. */
const optionsAsked = ['help', 'version'] as const;

/**
 * Throws a UsageError where the first word of a filter, which may be quoted as a whole, was meant as something else.
 * `captures` says that interfaces were named.
 */
export function refuseMisread(filter: string, captures: boolean): void {
  const [word = ''] = filter.split(' ');
  if (subcommands.some((name) => name === word)) {
    throw new UsageError(`${word}: a command stands before all options; write pcap-agg ${word} …`);
  }
  if (isFile(word)) {
    const place = captures ? ' in place of -i' : '';
    throw new UsageError(`${word}: each file takes an -r before it; write -r ${word}${place}`);
  }
  const meant = nearest(word, [...subcommands, ...optionsAsked]);
  if (meant === undefined) return;
  const spelt = optionsAsked.some((name) => name === meant) ? `--${meant}` : meant;
  throw new UsageError(
    `${word}: there is no such command, and no filter begins so; did you mean pcap-agg ${spelt}?`,
  );
}

export function isFile(word: string): boolean {
  return (
    /\.(pcap|pcapng|cap|gz)$/i.test(word) ||
    (/[./]/.test(word) && statSync(word, { throwIfNoEntry: false })?.isDirectory() === false)
  );
}
