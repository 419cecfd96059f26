/** What -D prints: one interface a line. */

export interface ListedInterface {
  readonly name: string;
  readonly description: string;
  readonly addresses: readonly string[];
  readonly flags: readonly string[];
}

/** Columns are as wide as their longest entry; the description, where there is one, comes last. */
export function interfaceLines(interfaces: readonly ListedInterface[]): string[] {
  const rows = interfaces.map(({ name, description, addresses, flags }) => [
    name,
    flags.join(','),
    [addresses.join(' '), description === '' ? '' : `(${description})`]
      .filter((part) => part !== '')
      .join(' '),
  ]);
  const width = (column: number) => Math.max(0, ...rows.map((row) => row[column]!.length));
  const widths = [width(0), width(1)];
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
