/** A record in a line for people: "laptop.example:48926 (backup.service) -> [2001:db8::1]:443 TCP 10 packets 902 payload bytes". */
import { newFlowFigures } from '../../flow/new-flows.js';
import { piece, slackBytes, writeInteger, writePiece } from '../byte-text.js';
import { sourcePort, targetPort } from '../ends.js';
import type { FlowRecord } from '../record.js';
import { countValues } from './counts.js';
import { endValues } from './ends.js';
import { healthValues } from './health.js';
import { ofAnyOrigin } from './hosts.js';
import { ABSENT, bytesText, type Line, longestIntegerBytes } from './value.js';
import { whatValues } from './what.js';

const arrow = piece(' -> ');
const space = piece(' ');
const packetWord = piece(' packet ');
const packetsWord = piece(' packets ');
const bytesWords = piece(' payload bytes');
const openBracket = piece('[');
const bracketAndColon = piece(']:');
const colon = piece(':');
const openParenthesis = piece(' (');
const closeParenthesis = piece(')');
const comma = piece(', ');

const { source_host, source_address, source_owner, target_host, target_address, target_owner } = endValues;
const { protocol_name } = whatValues;
const { packets, payload_bytes } = countValues;
const { event_outcome, outcome } = healthValues;

const longestEnd =
  Math.max(source_host.longestBytes, source_address.longestBytes) +
  '[]:65535'.length +
  ' ()'.length +
  source_owner.longestBytes;
const longestMessage =
  2 * longestEnd +
  protocol_name.longestBytes +
  2 * longestIntegerBytes +
  outcome.longestBytes +
  [arrow, space, space, packetsWord, bytesWords, comma].reduce((sum, { bytes }) => sum + bytes, slackBytes);

export const messageValues = {
  message: bytesText(
    {
      meaning:
        'A line for people: both ends, by name where one is known, who is behind each at this host, protocol, packets, payload bytes; and `refused`, `unanswered` or `reset` where a conversation failed and the schema tells health',
      needs: [...ofAnyOrigin, 'owners'],
      // Health is told where the schema asks for it anyway.
      figures: newFlowFigures,
    },
    longestMessage,
    writeMessage,
  ),
} as const;

function writeMessage(record: FlowRecord, line: Line, offset: number): number {
  const { view } = line;
  let end = writeOwner(record, line, writeEnd(record, line, offset, true), true);
  end = writeEnd(record, line, writePiece(view, end, arrow), false);
  end = writeOwner(record, line, end, false);
  end = protocol_name.write(record, line, writePiece(view, end, space));
  end = writeInteger(view, writePiece(view, end, space), packets.read(record, line));
  end = writePiece(view, end, record.packets === 1 ? packetWord : packetsWord);
  end = writePiece(view, writeInteger(view, end, payload_bytes.read(record, line)), bytesWords);
  return event_outcome.read(record, line) === 'failure' ? writeFailure(record, line, end) : end;
}

/** Nothing of several that failed differently. */
function writeFailure(record: FlowRecord, line: Line, offset: number): number {
  const end = outcome.write(record, line, writePiece(line.view, offset, comma));
  return end === ABSENT ? offset : end;
}

/** A name or an address, and the port after it. */
function writeEnd(record: FlowRecord, line: Line, offset: number, isSource: boolean): number {
  const { view } = line;
  const port = isSource ? sourcePort(record) : targetPort(record);
  const address = isSource ? source_address : target_address;
  const fold = isSource ? record.sourceFold : record.targetFold;
  const named = (isSource ? source_host : target_host).write(record, line, offset);
  const isBracketed = named === ABSENT && port !== undefined && record.key.family === 6 && fold === null;
  let end = named;
  if (named === ABSENT)
    end = address.write(record, line, isBracketed ? writePiece(view, offset, openBracket) : offset);
  if (port === undefined) return end;
  return writeInteger(view, writePiece(view, end, isBracketed ? bracketAndColon : colon), port);
}

/** Nothing where nobody is known, or the owner stands in the end's place. */
function writeOwner(record: FlowRecord, line: Line, offset: number, isSource: boolean): number {
  if ((isSource ? record.sourceFold : record.targetFold) !== null) return offset;
  const owner = isSource ? source_owner : target_owner;
  const end = owner.write(record, line, writePiece(line.view, offset, openParenthesis));
  return end === ABSENT ? offset : writePiece(line.view, end, closeParenthesis);
}
