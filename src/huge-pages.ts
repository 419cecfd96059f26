/** Memory in pages of 2 MiB for what is large and used at random: the processor then finds each address in its own tables. */
import { loadNative } from './source/native.js';

/** Does nothing where the addon is not built, or the kernel has no huge pages to give. */
export function adviseHugePages(buffer: ArrayBuffer): void {
  loadNative().native?.adviseHugePages(buffer);
}
