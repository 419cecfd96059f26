/** What the host that captures knows of itself, for telling clients from servers. */
import type { HostKnowledge } from '../flow/conversations/guessed-roles.js';
import type { InputConfig } from '../settings/config.js';

/** `nowMs` is a steady clock. What comes from a file or a pipe may be from another host. */
export async function hostKnowledge({ kind }: InputConfig, nowMs: () => number): Promise<HostKnowledge> {
  if (kind !== 'live') return (await import('../flow/conversations/guessed-roles.js')).nothingKnown;
  const { LocalAddresses } = await import('../enrich/local-addresses.js');
  const { ListeningPorts } = await import('../host/listening-ports.js');
  const addresses = new LocalAddresses(nowMs);
  const ports = new ListeningPorts();
  return {
    isLocal4: (word) => addresses.isLocal4(word),
    isLocal6: (word0, word1, word2, word3) => addresses.isLocal6(word0, word1, word2, word3),
    listens: (protocol, port) => ports.listens(protocol, port),
    forget() {
      addresses.refresh();
      ports.forget();
    },
  };
}
