/** One DNS question over TCP: each message has its length before it, in two bytes (RFC 1035 4.2.2, RFC 7766). */
import { connect } from 'node:net';
import type { DnsServer } from './dns-servers.js';

/**
 * Calls `done` once: with the answer, or with undefined where the connection fails or ends before it is whole. Takes one
 * message of at most 65,535 bytes and hangs up, whatever else the server sends. Returns a function that gives up without
 * calling `done`; time limits are the caller's.
 */
export function askOverTcp(
  server: DnsServer,
  question: Buffer,
  done: (answer: Buffer | undefined) => void,
): () => void {
  const length = Buffer.alloc(2);
  let lengthFilled = 0;
  let answer: Buffer | undefined;
  let answerFilled = 0;
  let open = true;
  const socket = connect({ host: server.address, port: server.port });
  const giveUp = () => {
    open = false;
    socket.destroy();
  };
  const finish = (result: Buffer | undefined) => {
    if (!open) return;
    giveUp();
    done(result);
  };
  socket.unref();
  socket.on('connect', () => {
    length.writeUInt16BE(question.length);
    socket.write(Buffer.concat([length, question]));
  });
  socket.on('data', (chunk) => {
    let at = 0;
    while (lengthFilled < 2 && at < chunk.length) length[lengthFilled++] = chunk[at++]!;
    if (lengthFilled < 2) return;
    answer ??= Buffer.allocUnsafe(length.readUInt16BE(0));
    answerFilled += chunk.copy(answer, answerFilled, at);
    if (answerFilled === answer.length) finish(answer);
  });
  socket.on('error', () => finish(undefined));
  socket.on('close', () => finish(undefined));
  return giveUp;
}
