/**
 * MACsec, IEEE 802.1AE: a tag before the secured data, and an integrity check value behind it.
 *
 *     byte 0      version (1 bit), end station (1), channel identifier present (1), broadcast (1), encrypted (1), changed (1), association
 *     byte 1      length of the secured data where it is less than 48, else 0
 *     bytes 2..5  packet number
 *     bytes 6     channel identifier (8) where byte 0 says so, then the secured data: EtherType (2) and what it announces
 */
import { NOT_IP, outcomeNumber } from '../packet.js';
import { type Cursor, GO_ON, type Step } from './cursor.js';

const HEADER_CUT = outcomeNumber('link-header-cut');

const versionBit = 0x80;
const channelBit = 0x20;
const encryptedOrChanged = 0x0c;
const tagBytes = 6;
const channelBytes = 8;
/** That of every cipher suite that IEEE 802.1AE has. */
const checkValueBytes = 16;

/** Goes on where the data is secured against changes but can be read. */
export function openMacsec(view: DataView, at: Cursor): Step {
  if (!at.hasCaptured(tagBytes)) return HEADER_CUT;
  const bits = view.getUint8(at.offset);
  const shortBytes = view.getUint8(at.offset + 1);
  if ((bits & (versionBit | encryptedOrChanged)) !== 0) return NOT_IP;
  at.offset += (bits & channelBit) === 0 ? tagBytes : tagBytes + channelBytes;
  at.endAfter(shortBytes !== 0 ? shortBytes : at.wireEnd - at.offset - checkValueBytes);
  if (!at.hasCaptured(2)) return HEADER_CUT;
  at.etherType = view.getUint16(at.offset);
  at.offset += 2;
  return GO_ON;
}
