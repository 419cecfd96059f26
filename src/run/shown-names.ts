/** Which names a run is to know: those that the user asks for, as far as a record shows them. */
import type { Knowledge } from '../record/values/value.js';
import type { Config } from '../settings/config.js';
import type { NameOrigin } from '../settings/name-origins.js';

const showing: Readonly<Record<NameOrigin, Knowledge>> = { ptr: 'ptr', dns: 'dns', sni: 'sni', quic: 'sni' };

export function shownNames({ names }: Config, knowledge: ReadonlySet<Knowledge>): readonly NameOrigin[] {
  return names.from.filter((origin) => knowledge.has(showing[origin]));
}
