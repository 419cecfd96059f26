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

/** Names of this host's, in any script: only what would not be shown, or would move what is, becomes "?". */
export function withoutControls(text: string): string {
  return text.replace(/\p{C}/gu, '?');
}

/**
 * At most `width` characters; of a longer text its two ends, which tell more of a host's name than its middle. The last
 * `end` characters stay together, or nothing is shown but "…". A number, which is a run of what `digit` matches, is
 * shown whole or not at all: a part of one would be taken for another.
 */
export function cutInMiddle(text: string, width: number, end = 0, digit = /\d/): string {
  if (text.length <= width) return text;
  const room = width - 1;
  if (room < end) return '…'.slice(0, width);
  const splitsNumber = (at: number) => digit.test(text.charAt(at - 1)) && digit.test(text.charAt(at));
  let tail = text.length - Math.max(end, Math.ceil(room / 2));
  while (splitsNumber(tail)) tail++;
  let head = room - (text.length - tail);
  while (splitsNumber(head)) head--;
  return `${text.slice(0, head)}…${text.slice(tail)}`;
}
