/** Who is the client where no packet says so, and nobody knew before: by ports, and by who spoke first. */
import { isSourceLocal, isTargetLocal, type OwnAddresses } from '../../packet/by-address.js';
import { type Packet, sourcePortOf, targetPortOf } from '../../packet/packet.js';
import { type Role, sourceIsClient, targetIsClient, UNDECIDED } from './role.js';
import { portClass } from './service-ports.js';

/** What the host that captures knows of itself. */
export interface HostKnowledge extends OwnAddresses {
  /** Whether it takes connections, or datagrams, at this port. `protocol` is IANA's number. */
  listens(protocol: number, port: number): boolean;
  /** What is asked from now on is of another window, so what it has read may be out of date. */
  forget(): void;
}

/** Of a capture from a file or a pipe: it may be another host's. */
export const nothingKnown: HostKnowledge = {
  isLocal4: () => false,
  isLocal6: () => false,
  listens: () => false,
  forget: () => undefined,
};

const SOURCE_BY_LISTENING = sourceIsClient('listening-port');
const TARGET_BY_LISTENING = targetIsClient('listening-port');
const SOURCE_BY_REGISTERED = sourceIsClient('registered-port');
const TARGET_BY_REGISTERED = targetIsClient('registered-port');
const SOURCE_BY_LOWER = sourceIsClient('lower-port');
const TARGET_BY_LOWER = targetIsClient('lower-port');
const SOURCE_BY_FIRST = sourceIsClient('first-packet');
const TARGET_BY_FIRST = targetIsClient('first-packet');

/** `sourceFirst` where the first packet went from the key's source to its target. Is never undecided. */
export function guessedRole(key: Packet, sourceFirst: boolean, host: HostKnowledge): Role {
  const role = key.hasPorts === 1 ? portRole(key, host) : UNDECIDED;
  if (role !== UNDECIDED) return role;
  return sourceFirst ? SOURCE_BY_FIRST : TARGET_BY_FIRST;
}

function portRole(key: Packet, host: HostKnowledge): Role {
  const { ports, protocol } = key;
  const sourcePort = sourcePortOf(ports);
  const targetPort = targetPortOf(ports);
  const sourceListens = host.listens(protocol, sourcePort) && isSourceLocal(host, key);
  const targetListens = host.listens(protocol, targetPort) && isTargetLocal(host, key);
  if (sourceListens !== targetListens) return targetListens ? SOURCE_BY_LISTENING : TARGET_BY_LISTENING;
  const difference = portClass(sourcePort) - portClass(targetPort);
  if (difference !== 0) return difference > 0 ? SOURCE_BY_REGISTERED : TARGET_BY_REGISTERED;
  if (sourcePort !== targetPort) return sourcePort > targetPort ? SOURCE_BY_LOWER : TARGET_BY_LOWER;
  return UNDECIDED;
}
