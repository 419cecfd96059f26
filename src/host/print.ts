/** What the process says to people: on stdout by Node's stream, on stderr at once. Records take other ways. */
import { writeSync } from 'node:fs';

/** Whole lines, to stdout. The stream, which takes 10 ms to load, is not touched before. */
export function print(text: string): void {
  written(process.stdout, text);
}

/**
 * Writes to stderr at once. What a full pipe does not take is left to Node's stream, which waits; where nobody reads any
 * more, there is nobody to tell.
 */
export function printError(text: string): void {
  try {
    writeSync(2, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') written(process.stderr, text);
  }
}

function written(stream: NodeJS.WriteStream, text: string): void {
  if (!stream.listeners('error').includes(endUnlessClosed)) stream.on('error', endUnlessClosed);
  stream.write(text);
}

/** `head` and `true` leave when they have enough: no error of anybody's. Nobody reads what cannot be written. */
function endUnlessClosed(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') return;
  printError(
    `pcap-agg: stdout: cannot be written (${error.message}); free space there, or redirect it elsewhere\n`,
  );
  process.exit(1);
}
