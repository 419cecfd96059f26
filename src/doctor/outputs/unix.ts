/** An output to a socket on this host: unix and unix-stream. */
import { closeSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { getSystemErrorName } from 'node:util';
import { loadNative } from '../../host/native.js';
import { shellWords } from '../commands.js';
import { type Finding, fail, ok, warn } from '../finding.js';
import { codeOf } from './connect.js';
import type { OutputSubject } from './output.js';

const patienceMs = 1_000;

export async function findingOnSocket({ target, scheme, address: path }: OutputSubject): Promise<Finding> {
  const command = `ls -l ${shellWords([path])}`;
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return fail(`${target}: there is no such socket; start the reader`);
  if (!found.isSocket())
    return fail(`${target}: it is no socket; name the one that the reader listens on`, command);
  const problem = scheme === 'unix' ? connectDatagrams(path) : await connectStream(path);
  if (problem === undefined) return ok(`${target}: a reader listens`);
  if (problem === 'unknown') return warn(`${target}: only the addon can see whether a reader listens`);
  if (problem === 'ECONNREFUSED') return fail(`${target}: nobody listens there; start the reader`);
  if (problem === 'EPROTOTYPE') {
    const other = scheme === 'unix' ? 'unix-stream' : 'unix';
    return fail(`${target}: its reader takes another kind of connection; write ${other}:${path}`);
  }
  return fail(`${target}: cannot be connected to (${problem})`, command);
}

/** The code of what went wrong; 'unknown' without the addon. */
function connectDatagrams(path: string): string | undefined {
  const { native } = loadNative();
  if (native === undefined) return 'unknown';
  const descriptor = native.connectUnixDatagrams(path);
  if (descriptor < 0) return getSystemErrorName(descriptor);
  closeSync(descriptor);
  return undefined;
}

function connectStream(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path, timeout: patienceMs });
    const finish = (problem: string | undefined) => {
      socket.removeAllListeners().on('error', () => undefined);
      socket.destroy();
      resolve(problem);
    };
    socket.on('connect', () => finish(undefined));
    socket.on('timeout', () => finish('ETIMEDOUT'));
    socket.on('error', (error) => finish(codeOf(error)));
  });
}
