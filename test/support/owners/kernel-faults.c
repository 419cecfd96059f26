/*
 * Preloaded (LD_PRELOAD): the kernel refuses what stands as a file's name in the folder that KERNEL_FAULTS names, for as long as the file is there.
 *
 *     look-ups     a socket for questions about sockets, as in a service whose RestrictAddressFamilies= lacks AF_NETLINK
 *     questions    such questions, as where it has no memory
 *     instances    inotify(7), over fs.inotify.max_user_instances
 *     watches      one more directory, over fs.inotify.max_user_watches
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int is_refused(const char *what)
{
	char path[PATH_MAX];
	const char *folder = getenv("KERNEL_FAULTS");
	if (folder == NULL)
		return 0;
	snprintf(path, sizeof path, "%s/%s", folder, what);
	return access(path, F_OK) == 0;
}

static int refuse(int error)
{
	errno = error;
	return -1;
}

int socket(int domain, int type, int protocol)
{
	int (*real)(int, int, int) = (int (*)(int, int, int))dlsym(RTLD_NEXT, "socket");
	if (domain == AF_NETLINK && protocol == NETLINK_SOCK_DIAG && is_refused("look-ups"))
		return refuse(EAFNOSUPPORT);
	return real(domain, type, protocol);
}

static int option(int descriptor, int name)
{
	int value = -1, saved = errno;
	socklen_t size = sizeof value;
	getsockopt(descriptor, SOL_SOCKET, name, &value, &size);
	errno = saved;
	return value;
}

ssize_t send(int descriptor, const void *bytes, size_t length, int flags)
{
	ssize_t (*real)(int, const void *, size_t, int) =
		(ssize_t (*)(int, const void *, size_t, int))dlsym(RTLD_NEXT, "send");
	if (option(descriptor, SO_DOMAIN) == AF_NETLINK && option(descriptor, SO_PROTOCOL) == NETLINK_SOCK_DIAG &&
	    is_refused("questions"))
		return refuse(ENOBUFS);
	return real(descriptor, bytes, length, flags);
}

int inotify_init1(int flags)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "inotify_init1");
	return is_refused("instances") ? refuse(EMFILE) : real(flags);
}

int inotify_add_watch(int descriptor, const char *path, uint32_t mask)
{
	int (*real)(int, const char *, uint32_t) =
		(int (*)(int, const char *, uint32_t))dlsym(RTLD_NEXT, "inotify_add_watch");
	return is_refused("watches") ? refuse(ENOSPC) : real(descriptor, path, mask);
}
