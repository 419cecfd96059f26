/** All checks, in the order in which they are shown: from what everything needs to what one option needs. */
import { addon } from './checks/addon.js';
import { buffers } from './checks/buffers.js';
import { cap } from './checks/cap.js';
import { clock } from './checks/clock.js';
import { collectors } from './checks/collectors.js';
import { interfaces } from './checks/interfaces.js';
import { libpcap } from './checks/libpcap.js';
import { names } from './checks/names.js';
import { offloads } from './checks/offloads.js';
import { owners, synWatch } from './checks/owners.js';
import { permissions } from './checks/permissions.js';
import { ranges } from './checks/ranges.js';
import { resolvers } from './checks/resolvers.js';
import { storage } from './checks/storage.js';
import type { Check } from './finding.js';

/** Of the host, with all the rights that the process was started with. */
export const hostChecks: readonly Check[] = [
  libpcap,
  cap,
  addon,
  permissions,
  interfaces,
  offloads,
  buffers,
  clock,
  storage,
  names,
  synWatch,
];

/** What a run does without rights: it reads what comes over the network, and looks at other users' processes. */
export const checksWithoutRights: readonly Check[] = [owners, collectors, resolvers, ranges];
