#define _GNU_SOURCE
#include "devices.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../../bench/pace.h"

/* A busy machine may not run this program for a while. */
#define RECEIVE_BUFFER_BYTES (64 << 20)

static void enter_namespace(const char *name) {
  char path[256];
  snprintf(path, sizeof path, "/run/netns/%s", name);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || setns(fd, CLONE_NEWNET) < 0) fail(path);
  close(fd);
}

static struct device open_tun(const char *name, bool is_offloading) {
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
  if (is_offloading) request.ifr_flags |= IFF_VNET_HDR;
  snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
  if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0) fail("/dev/net/tun");
  if (is_offloading && ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6) < 0) fail("TUNSETOFFLOAD");
  return (struct device){ fd, is_offloading ? sizeof(struct virtio_net_hdr) : 0 };
}

static struct device open_interface(const char *name) {
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int yes = 1, bytes = RECEIVE_BUFFER_BYTES;
  struct sockaddr_ll address = {
    .sll_family = AF_PACKET,
    .sll_protocol = htons(ETH_P_ALL),
    .sll_ifindex = (int)if_nametoindex(name),
  };
  if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &yes, sizeof yes) < 0 ||
      setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof yes) < 0 ||
      setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0 || address.sll_ifindex == 0 ||
      bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
    fail(name);
  return (struct device){ fd, sizeof(struct virtio_net_hdr) + ETHER_HDR_LEN };
}

struct device device_open(const char *where) {
  char kind[32], namespace[64], name[IFNAMSIZ];
  if (sscanf(where, "%31[^:]:%63[^:]:%15s", kind, namespace, name) != 3) {
    errno = EINVAL;
    fail(where);
  }
  enter_namespace(namespace);
  if (strcmp(kind, "interface") == 0) return open_interface(name);
  return open_tun(name, strcmp(kind, "offloading-tun") == 0);
}
