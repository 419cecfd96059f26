/** The interfaces that packets are captured on, by the numbers that figures have of them. */
import type { InterfaceLookup } from '../enrich/locality.js';
import type { InterfaceNumbers } from '../flow/meter.js';
import type { FigureName } from '../flow/tally.js';
import type { Config } from '../settings/config.js';

export type Interfaces = InterfaceNumbers & InterfaceLookup;

/** Undefined where no figure is asked for. */
export async function openInterfaces(
  { kind }: Config['input'],
  figures: ReadonlySet<FigureName>,
): Promise<Interfaces | undefined> {
  if (figures.size === 0) return undefined;
  if (kind !== 'live') {
    const { FileInterfaces } = await import('../source/files/file-interfaces.js');
    return new FileInterfaces();
  }
  const { HostInterfaces } = await import('../source/live/interfaces/host-interfaces.js');
  const interfaces = new HostInterfaces();
  interfaces.open();
  return interfaces;
}
