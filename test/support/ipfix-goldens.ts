/** The messages that the program makes of whole conversations, and where that is written down. */
import { fixturesFolder } from './fixtures.js';
import { type Finished, offline } from './program.js';
import { openSocketCollector } from './readers/ipfix-collectors.js';
import { runFixedProgram } from './schema-goldens.js';
import { until } from './until.js';

export interface IpfixGolden {
  readonly name: string;
  /** The file that holds it: a line of hexadecimal digits for each message. */
  readonly path: string;
  readonly args: readonly string[];
}

const captures = { web: [], icmp: [], 'ipv6-vlan': [], many: ['--max-flows', '2'] } as const;

export const ipfixGoldens: readonly IpfixGolden[] = Object.entries(captures).map(([capture, own]) => ({
  name: capture,
  path: `${fixturesFolder}ipfix/${capture}.hex`,
  args: ['-r', `${fixturesFolder}conversation-${capture}.pcap`, '--interval', '20s', ...own, ...offline],
}));

/** Its two messages: the exporter's name, and the flows. */
export async function runIpfixGolden({
  args,
}: IpfixGolden): Promise<Finished & { readonly messages: string }> {
  const collector = await openSocketCollector();
  try {
    const to = `ipfix://127.0.0.1:${collector.port}?biflow=1&domain=77`;
    const finished = await runFixedProgram([...args, '--to', to]);
    await until('both messages have arrived', () => collector.datagrams.length >= 2);
    return {
      ...finished,
      messages: collector.datagrams.map((datagram) => `${datagram.toString('hex')}\n`).join(''),
    };
  } finally {
    collector.close();
  }
}
