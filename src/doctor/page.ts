/** How findings look: in columns, wrapped to a terminal, one line each in a pipe. Commands are never wrapped: they are copied. */
import type { Finding, Level } from './finding.js';

export interface Page {
  /** Columns of the terminal; Infinity where lines are not wrapped. */
  readonly columns: number;
  readonly colour: boolean;
}

/** SGR codes of ECMA-48: bold and a colour. */
const colours: Readonly<Record<Level, string>> = { ok: '1;32', warn: '1;33', fail: '1;31' };
const commandColour = '36';

const levelWidth = 6;
const nameWidth = 13;
const indent = ' '.repeat(levelWidth + nameWidth);
/** A text column narrower than this is not worth having. */
const leastTextColumns = 30;

/** One finding, whole lines. */
export function findingText(name: string, { level, found, command }: Finding, page: Page): string {
  const paint = (text: string, code: string) => (page.colour ? `\x1b[${code}m${text}\x1b[0m` : text);
  const [first = '', ...further] = wrap(found, page.columns - indent.length);
  const lines = [
    paint(level.padEnd(levelWidth), colours[level]) + name.padEnd(nameWidth) + first,
    ...further.map((line) => indent + line),
    ...(command === undefined ? [] : [`${' '.repeat(levelWidth)}$ ${paint(command, commandColour)}`]),
  ];
  return `${lines.join('\n')}\n`;
}

export function summaryText({ ok, warn, fail }: Readonly<Record<Level, number>>): string {
  return `${ok} ok, ${counted(warn, 'warning')}, ${counted(fail, 'failure')}\n`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Breaks between words; a word that is longer than a line stays whole. */
function wrap(text: string, columns: number): string[] {
  const width = Math.max(columns, leastTextColumns);
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
