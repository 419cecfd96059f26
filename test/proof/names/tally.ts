/** How many connections of each kind had the right name, by who watched: the table at the end. */

interface Count {
  connections: number;
  right: number;
}

const rows = new Map<string, Map<string, Count>>();

/** `who` is tshark, or a way in which the program watched. */
export function count(kind: string, who: string, right: number, connections: number): void {
  const row = rows.get(kind) ?? new Map<string, Count>();
  rows.set(kind, row);
  const known = row.get(who) ?? { connections: 0, right: 0 };
  row.set(who, { connections: known.connections + connections, right: known.right + right });
}

/** A row for each kind, a column for each who. */
export function tallyText(): string {
  if (rows.size === 0) return '';
  const columns = [...new Set([...rows.values()].flatMap((row) => [...row.keys()]))];
  const lines = [...rows].map(([kind, row]) => {
    const total = Math.max(...[...row.values()].map(({ connections }) => connections));
    const cells = columns.map((who) => cellOf(row.get(who)));
    return [kind, String(total), ...cells];
  });
  const table = [['connections with the right name', 'of', ...columns], ...lines];
  const widths = table[0]!.map((_, at) => Math.max(...table.map((row) => row[at]!.length)) + 2);
  const text = table.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at]!))
      .join('')
      .trimEnd(),
  );
  return `\n${text.join('\n')}\n\n`;
}

/** Not all of them were watched in each way. */
const cellOf = (count: Count | undefined): string =>
  count === undefined
    ? ''
    : count.right === count.connections
      ? String(count.right)
      : `${count.right} of ${count.connections}`;
