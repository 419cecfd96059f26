import type { LinkDecoder } from '../../packet/packet.js';
import { frameDecoder } from '../frame-decoder.js';
import { inputName, type LiveLog, type LiveOptions } from './live.js';

/** The decoder for an interface's frames. Where there is none, one line says so for both engines of `auto`. */
export function liveDecoder(
  linkType: number,
  options: Pick<LiveOptions, 'interface' | 'patterns' | 'tunnels'>,
  log: LiveLog,
): LinkDecoder {
  const name = inputName(options);
  return frameDecoder(linkType, options.tunnels, `-i ${name}`, (text) =>
    log.limited(`link type ${name}`, text),
  );
}
