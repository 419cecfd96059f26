/** What the process says to people: on stdout by Node's stream, on stderr at once. Records take other ways. */
import { writeSync } from 'node:fs';

/** Whole lines, to stdout. The stream, which takes 10 ms to load, is not touched before. */
export function print(text: string): void {
  write(process.stdout, text, endUnlessClosed);
}

/**
 * Writes to stderr at once. What a full pipe does not take is left to Node's stream, which waits. What cannot be written
 * is lost: a capture does not end because nobody can be told about it.
 */
export function printError(text: string): void {
  try {
    writeSync(2, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') write(process.stderr, text, ignore);
  }
}

function write(stream: NodeJS.WriteStream, text: string, failed: (error: Error) => void): void {
  if (!stream.listeners('error').includes(failed)) stream.on('error', failed);
  stream.write(text);
}

function ignore(): void {}

/** `head` and `true` leave when they have enough: no error of anybody's. Nobody reads what cannot be written. */
function endUnlessClosed(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') return;
  printError(
    `pcap-agg: stdout: cannot be written (${error.message}); free space there, or redirect it elsewhere\n`,
  );
  process.exit(1);
}
