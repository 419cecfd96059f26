/** What the first link of a path takes: Linux tells it of each interface. */
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

/** MTU of the interface that has this address. Undefined where that cannot be told, as for want of a free descriptor. */
export function mtuOf(localAddress: string): number | undefined {
  try {
    const interfaces = Object.entries(networkInterfaces());
    const [name] = interfaces.find(([, of]) => of?.some(({ address }) => address === localAddress)) ?? [];
    const mtu = Number(readFileSync(`/sys/class/net/${name}/mtu`, 'latin1'));
    return mtu > 0 ? mtu : undefined;
  } catch {
    return undefined;
  }
}
