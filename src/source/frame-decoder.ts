import { linkDecoder, linkTypeName } from '../packet/decode.js';
import { type LinkDecoder, NOT_IP } from '../packet/packet.js';

/** For frames that nothing here can look into. */
const notIp: LinkDecoder = () => NOT_IP;

/**
 * The decoder for a capture's LINKTYPE_ value. Frames of a type that has none are counted as not IP, so that the ledger
 * states every frame of the file; a line says why.
 */
export function frameDecoder(linkType: number, inputName: string, warn: (text: string) => void): LinkDecoder {
  const decoder = linkDecoder(linkType);
  if (decoder) return decoder;
  warn(
    `${inputName}: link type ${linkTypeName(linkType)} cannot be decoded; its frames are counted as not IP`,
  );
  return notIp;
}
