import type { FrameOrigin } from '../../packet/details.js';
import type { LinkDecoder } from '../../packet/packet.js';
import { frameDecoder } from '../frame-decoder.js';
import { isNetfilter } from './interfaces/interfaces.js';
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

/** Where frames that libpcap calls by this name come from: "any" stands for all interfaces, and netfilter is none. */
export function liveOrigin(linkType: number, interfaceName: string): FrameOrigin {
  const isInterface = interfaceName !== 'any' && !isNetfilter(interfaceName);
  return { linkType, interfaceName: isInterface ? interfaceName : undefined };
}
