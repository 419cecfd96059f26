/** Opens datagrams of the Unix domain. */
import { UsageError } from '../../host/failure.js';
import { loadNative } from '../../host/native.js';
import { socketPath } from './socket-path.js';
import { UnixDatagrams } from './unix-datagrams.js';

/** What an output is told of itself. */
export interface UnixOutput {
  /** The path. */
  readonly address: string;
  readonly target: string;
  readonly option: string;
}

/** Throws a UsageError. */
export function openUnixDatagrams({ address, target, option }: UnixOutput): UnixDatagrams {
  const place = `${option} ${target}`;
  const path = socketPath(address, place);
  const loaded = loadNative();
  if (loaded.native === undefined)
    throw new UsageError(
      `${place}: datagrams of the Unix domain need the addon: ${loaded.problem}, or write unix-stream:PATH`,
    );
  return new UnixDatagrams(path, loaded.native);
}
