/**
 * The first word that is no option: a sub-command, or where a filter begins. A filter begins with a keyword of
 * pcap-filter(7), a number or a sign, never with a bare name: so a word that is like a command's is no filter.
 */
import { UsageError } from './config.js';
import { nearest } from './nearest.js';

export const subcommands = ['doctor', 'verify'] as const;

/** What is looked for as if it were a sub-command, and is an option. */
const optionsAsked = ['help', 'version'] as const;

/** Throws a UsageError where a filter's first word was meant as something else. */
export function refuseMisread(word: string): void {
  if (subcommands.some((name) => name === word)) {
    throw new UsageError(`${word}: a command stands before all options; write pcap-agg ${word} …`);
  }
  const meant = nearest(word, [...subcommands, ...optionsAsked]);
  if (meant === undefined) return;
  const spelt = optionsAsked.some((name) => name === meant) ? `--${meant}` : meant;
  throw new UsageError(
    `${word}: there is no such command, and no filter begins so; did you mean pcap-agg ${spelt}?`,
  );
}
