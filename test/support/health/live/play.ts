/** Plays scenes, all at once, each over IPv4 and IPv6. */
import type { HealthNetwork } from './network.js';
import type { Peer } from './peer.js';
import type { Bounds, Delays, Figures, Scene } from './scene.js';
import type { HealthRecord } from './watcher.js';

/** A scene that is over, and what is true of it. */
export interface Played {
  readonly name: string;
  /** Whether a record is of it. */
  isOf(record: HealthRecord): boolean;
  readonly figures: Figures;
  /** As captured where packets take so long. */
  readonly times: (delays: Delays) => Readonly<Record<string, Bounds>>;
  readonly least?: Readonly<Record<string, number>>;
  readonly anyhow?: RegExp | undefined;
}

/** Of a conversation that nobody else has the client's port of. */
export const byPort =
  (transport: string, client: string, clientPort: number): Played['isOf'] =>
  (record) =>
    record.transport === transport && record.client_ip === client && record.client_port === clientPort;

/** The kernel chooses others. */
const firstPort = 20_000;

/** These look often at long tables of the kernel's, and would make other clients' times long. */
const patient: ReadonlySet<Scene['act']> = new Set(['callInVain', 'askWhileItPauses'] as const);

/** `clients`: one for those that wait, and one for the others. */
export function play(
  network: HealthNetwork,
  clients: { readonly quick: Peer; readonly patient: Peer },
  scenes: readonly Scene[],
): Promise<readonly Played[]> {
  const both = (['ipv4', 'ipv6'] as const).flatMap((family) => scenes.map((scene) => ({ family, scene })));
  return Promise.all(
    both.map(async ({ family, scene }, index) => {
      const { name, transport, act, to, port, what, told, times = () => ({}), least = {}, anyhow } = scene;
      const clientPort = firstPort + index;
      const client = patient.has(act) ? clients.patient : clients.quick;
      const measured = await client.act(act, {
        host: to(network)[family],
        port,
        localPort: clientPort,
        ...what,
      });
      return {
        name: `${transport}, ${family}: ${name}`,
        isOf: byPort(transport, network.client[family], clientPort),
        ...{
          figures: told(measured, family),
          times: (delays: Delays) => times(measured, delays),
          least,
          anyhow,
        },
      };
    }),
  );
}
