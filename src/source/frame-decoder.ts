import { linkDecoder } from '../packet/decode.js';
import { linkTypeName } from '../packet/link-type-names.js';
import { type LinkDecoder, NOT_IP } from '../packet/packet.js';
import { innermost } from '../packet/tunnel/innermost.js';

/** For frames that nothing here can look into. */
const notIp: LinkDecoder = () => NOT_IP;

/** Which IP packet of a frame counts: the outermost, or the innermost of its tunnels. */
export type Tunnels = 'outer' | 'inner';

/**
 * The decoder for a capture's LINKTYPE_ value. Frames of a type that has none are counted as not IP, so that the ledger
 * states every frame of the file; a line says why.
 */
export function frameDecoder(
  linkType: number,
  tunnels: Tunnels,
  inputName: string,
  warn: (text: string) => void,
): LinkDecoder {
  const decoder = linkDecoder(linkType);
  if (decoder) return tunnels === 'inner' ? innermost(decoder) : decoder;
  warn(
    `${inputName}: link type ${linkTypeName(linkType)} cannot be decoded; its frames are counted as not IP`,
  );
  return notIp;
}
