/**
 * Docker's embedded DNS server, as far as PTR questions go (moby, libnetwork/resolver.go, handlePTRQuery): it compares the
 * end of a name letter by letter. What it does not know it passes on to the host's resolver, which names public
 * addresses only, "host-" and their last octet.
 */
import { type DnsScript, nameError, pointer, replyTo } from './scripted-dns-server.js';

/** What it does where the end is not ".in-addr.arpa": until 2023 it kept silent, since then it passes the question on. */
export const dockerReleases = ['Docker of 2022', 'Docker of 2024'] as const;

const ending = '.in-addr.arpa';
const isPrivate = (address: string) => /^(10|172|192)\./.test(address);

/** `containers`: names by IPv4 address. */
export function dockerResolver(
  release: (typeof dockerReleases)[number],
  containers: Readonly<Record<string, string>>,
): DnsScript {
  return {
    udp(question, reply) {
      const { name } = question;
      const isKnown = name.endsWith(ending);
      if (!isKnown && release === 'Docker of 2022') return;
      const address = name.slice(0, -ending.length).split('.').reverse().join('.');
      const container = isKnown ? containers[address] : undefined;
      const host =
        container ?? (isPrivate(address) ? undefined : `host-${address.split('.').at(-1)}.example`);
      reply(
        replyTo(
          question,
          host === undefined ? { responseCode: nameError } : { answers: [pointer(name, host)] },
        ),
      );
    },
  };
}
