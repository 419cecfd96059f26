/** Community ids as text. */
import { communityIdBytes, writeCommunityId } from '../../src/record/community-id.js';
import type { FlowRecord } from '../../src/record/record.js';

/** Undefined where the record has none. */
export function communityIdOf(record: FlowRecord): string | undefined {
  const bytes = Buffer.alloc(communityIdBytes);
  const end = writeCommunityId(record, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0);
  return end < 0 ? undefined : bytes.toString('latin1', 0, end);
}
