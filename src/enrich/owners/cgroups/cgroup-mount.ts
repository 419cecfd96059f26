/**
 * Finds where control groups are mounted. Sockets have groups of version 2 only; on a host with both versions that hierarchy is mounted
 * beside the others, often at /sys/fs/cgroup/unified. The kernel lists mounts in /proc/self/mountinfo (proc(5)):
 *
 *     38 31 0:41 / /sys/fs/cgroup/unified rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate
 *             │    └ mount point, a space as \040                └ type
 *             └ root: the part of the hierarchy that is mounted, as seen from this process's cgroup namespace
 */
import { lstatSync, readFileSync, statfsSync } from 'node:fs';

export interface CgroupMount {
  /** One character for each byte (latin1). */
  readonly folder: string;
  /** "/" for the whole; "/docker/<id>" for a part; "/../.." for more than this namespace has. */
  readonly root: string;
}

/** Why there is none. */
export type NoCgroupMount = 'not mounted' | 'version 1 alone is mounted' | 'mountinfo cannot be read';

export interface FoundCgroupMount extends CgroupMount {
  /** Goes before the path of each group: "" for the whole hierarchy, and where the path above the mount cannot be known. */
  readonly prefix: string;
  /** False where the host may have groups that cannot be seen here, as in a container. */
  readonly isWhole: boolean;
}

/** CGROUP2_SUPER_MAGIC of linux/magic.h. */
const cgroup2Type = 0x63677270;
/** The inode of the hierarchy's true root, the first one that the kernel gives (kernfs_create_root). */
const trueRootInode = 1;

/** All mounts of version 2 in a mountinfo, the last one first: it hides earlier ones at the same place. */
export function cgroupMounts(mountinfo: string): CgroupMount[] {
  return mountsOf(mountinfo, 'cgroup2').reverse();
}

/** The mount that shows most of the hierarchy. `read` returns the mountinfo, one character for each byte. */
export function findCgroupMount(
  read: () => string = () => readFileSync('/proc/self/mountinfo', 'latin1'),
): FoundCgroupMount | NoCgroupMount {
  let mountinfo: string;
  try {
    mountinfo = read();
  } catch {
    return 'mountinfo cannot be read';
  }
  const seen = cgroupMounts(mountinfo).flatMap((mount) => look(mount) ?? []);
  const widest = seen.find(({ isWhole }) => isWhole) ?? seen.sort((a, b) => a.root.length - b.root.length)[0];
  if (widest !== undefined) return widest;
  return mountsOf(mountinfo, 'cgroup').length > 0 ? 'version 1 alone is mounted' : 'not mounted';
}

function mountsOf(mountinfo: string, wanted: string): CgroupMount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const fields = line.split(' ');
    // Any number of optional fields stands between the sixth and a dash.
    const dash = fields.indexOf('-', 6);
    const [root, folder] = [fields[3], fields[4]];
    if (dash < 0 || fields[dash + 1] !== wanted || root === undefined || folder === undefined) return [];
    return [{ folder: unescaped(folder), root: unescaped(root) }];
  });
}

function unescaped(field: string): string {
  return field.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** Undefined where another mount hides it, or where it cannot be reached. */
function look(mount: CgroupMount): FoundCgroupMount | undefined {
  const path = Buffer.from(mount.folder, 'latin1');
  try {
    if (statfsSync(path).type !== cgroup2Type) return undefined;
    const isWhole = lstatSync(path).ino === trueRootInode;
    const isPart = !isWhole && mount.root !== '/' && !mount.root.startsWith('/..');
    return { ...mount, prefix: isPart ? mount.root : '', isWhole };
  } catch {
    return undefined;
  }
}
