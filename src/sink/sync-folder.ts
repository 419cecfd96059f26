import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Flushes the names in a folder to disk, so that a power cut leaves a file that was made or renamed. Rejects where that cannot be. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
