/** Text for people at a terminal: figures in few characters, and names that can do no harm there. */

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const;

/** Bytes in three digits and a unit of powers of 1,000: "52 B", "1.20 kB", "983 MB". */
export function shortBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 999.5 would become "1000".
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toPrecision(3)} ${units[unit]}`;
}

/** "12,345". */
export function groupedDigits(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** Names come from the network: nothing but printable ASCII goes to the terminal, so each character has one column. */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}

/** At most `width` characters; of a longer text its two ends, which tell more of a host's name than its middle. */
export function cutInMiddle(text: string, width: number): string {
  if (text.length <= width) return text;
  if (width <= 1) return text.slice(0, Math.max(0, width));
  const tail = Math.ceil((width - 1) / 2);
  return `${text.slice(0, width - 1 - tail)}…${text.slice(text.length - tail)}`;
}
