/** tcpdump's text for tests that need many flows and no capture. */

/** One packet of 7 bytes for each of `count` flows, as `tcpdump -nn -tttt` prints them. At most 2^24. */
export function textOfFlows(count: number): string {
  let text = '';
  for (let flow = 0; flow < count; flow++) {
    const source = `10.${flow >> 16}.${(flow >> 8) & 0xff}.${flow & 0xff}`;
    text += `2016-09-08 23:28:20.000000 IP ${source}.53 > 192.0.2.1.4000: UDP, length 7\n`;
  }
  return text;
}
