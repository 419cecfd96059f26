/** Each connection has the name that it asked for, in every record: whoever asks, whatever carries it, however it is watched. */
import type { Ground } from '../ground.js';
import type { NamesCase, NamesVerdict } from './case.js';
import {
  chromiumByQuic,
  chromiumByTls,
  curl,
  curlElsewhere,
  hostsFor,
  type Kind,
  ngtcp2,
  openssl,
} from './kinds.js';
import { type Conditions, openScene, watch } from './scene.js';
import { judge } from './verdict.js';

const byTcp = [curl, curlElsewhere, openssl, chromiumByTls];
const byUdp = [chromiumByQuic, ngtcp2];

const conditions: readonly (readonly [name: string, conditions: Conditions, kinds: readonly Kind[]])[] = [
  ['offloads on', { offloads: 'on' }, [...byTcp, ...byUdp]],
  // Chromium's hellos of some 2 kB are in two pieces then.
  ['offloads off', { offloads: 'off' }, [...byTcp, ...byUdp]],
  ['segments of 1,220 bytes', { offloads: 'off', segment: 1_220 }, [chromiumByTls]],
  ['hellos in three pieces', { offloads: 'off', segment: 750 }, [chromiumByTls]],
  ['hellos in three pieces', { offloads: 'off', segment: 220 }, [curl, openssl]],
  ['in VLAN 100', { tagged: true }, [...byTcp, ...byUdp]],
];

/** Of a hello in three pieces, the kernel's rule passes the second as far as the snapshot length: native/src/names/name-rule.h. */
const mayLackOfThree = ['batch', 'any, batch'];

export const connectionCases: readonly NamesCase[] = conditions.flatMap(([name, how, kinds]) =>
  kinds.map((kind) => ({
    name: `${kind.name}, ${name}`,
    skip: kind.skip,
    async run(ground: Ground): Promise<NamesVerdict> {
      const scene = await openScene(ground, how);
      const hosts = hostsFor(kind);
      const seen = await watch(scene, () => kind.ask(scene, hosts));
      const mayLack = name === 'hellos in three pieces' ? mayLackOfThree : [];
      return judge(seen, { kind: kind.name, hosts, mayLack });
    },
  })),
);
