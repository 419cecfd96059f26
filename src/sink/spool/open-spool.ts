/** Opens a queue on disk: its folder with all rights, what is in it with those that are left. */
import { UsageError } from '../../host/failure.js';
import { loadNative } from '../../host/native.js';
import { FolderLock, folderNameOf, folderProblem, LockedError, makeFolder } from './folder.js';
import { SpooledQueue, type SpooledQueueOptions } from './spooled-queue.js';

export interface SpoolOptions
  extends Pick<SpooledQueueOptions, 'name' | 'mostBytes' | 'memoryBytes' | 'log'> {
  /** The folder of all spools. */
  readonly parent: string;
  /** The output, as errors name it: "--to tcp://...". */
  readonly place: string;
  /** Whom the process becomes; undefined where it stays who it is. */
  readonly identity: { readonly name: string; readonly uid: number; readonly gid: number } | undefined;
  /** To be called once rights are given up: throws a UsageError. */
  readonly checkLater: (check: () => void) => void;
}

/** Throws a UsageError. The queue may be used once `checkLater`'s check was called. */
export function openSpool(options: SpoolOptions): SpooledQueue {
  const { parent, name, identity, checkLater, log } = options;
  const place = `${options.place}: spool=${parent}`;
  const folder = makeFolder(parent, folderNameOf(name), identity, place);
  const { native } = loadNative();
  if (native === undefined)
    log.line(
      `${name}: without the addon nothing keeps a second process from using ${folder}; see that none does`,
    );
  const lock = new FolderLock(folder, native);
  const queue = new SpooledQueue({ ...options, folder, lock });
  checkLater(() => {
    try {
      queue.open();
    } catch (error) {
      if (error instanceof LockedError)
        throw new UsageError(`${place}: ${error.message}; end it, or give each a folder of its own`, {
          cause: error,
        });
      throw folderProblem(error as Error, folder, identity?.name, place);
    }
  });
  return queue;
}
