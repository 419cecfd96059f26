#include "packet-socket.h"

#include "capture.h"
#include "kernel-filter.h"
#include "values.h"

#ifdef __linux__

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static napi_value throw_errno(napi_env env, const char *doing, int number) {
  char text[256];
  snprintf(text, sizeof text, "%s: %s", doing, strerror(number));
  values_throw(env, number == ENODEV || number == ENXIO ? "no-such-interface" : "other", text);
  return NULL;
}

/* The index for bind(2): 0 stands for every interface. -1 after throwing. */
static int interface_index(napi_env env, const char *name) {
  if (strcmp(name, "any") == 0) return 0;
  int index = (int)if_nametoindex(name);
  if (index != 0) return index;
  throw_errno(env, name, errno);
  return -1;
}

/* Captures what netfilter logs or queues are sockets of netlink, which take frames for as long as they are open. */
static bool is_packet_socket(int descriptor) {
  int domain;
  socklen_t size = sizeof domain;
  return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 || domain == AF_PACKET;
}

static int bind_to(int descriptor, int index, int protocol) {
  struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_ifindex = index, .sll_protocol = htons(protocol) };
  return bind(descriptor, (struct sockaddr *)&address, sizeof address);
}

/* Takes the error that an interface gone down leaves behind; with it pending, the socket polls as broken for ever. */
static int pending_error(int descriptor) {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

/* The kernel counts how often a socket asked for it, of each interface, and forgets interfaces that are gone. */
static bool ask_promiscuous(int descriptor, int what, int index) {
  struct packet_mreq membership = { .mr_ifindex = index, .mr_type = PACKET_MR_PROMISC };
  return setsockopt(descriptor, SOL_PACKET, what, &membership, sizeof membership) == 0;
}

/* 0 for every interface; below 0 where the interface is gone, or nothing is known. */
static int bound_index(int descriptor) {
  struct sockaddr_ll bound = { 0 };
  socklen_t size = sizeof bound;
  return getsockname(descriptor, (struct sockaddr *)&bound, &size) == 0 ? bound.sll_ifindex : -1;
}

bool packet_socket_takes_frames(int descriptor) {
  struct ifreq request = { .ifr_ifindex = bound_index(descriptor) };
  if (request.ifr_ifindex <= 0) return request.ifr_ifindex == 0;
  return ioctl(descriptor, SIOCGIFNAME, &request) == 0 && ioctl(descriptor, SIOCGIFFLAGS, &request) == 0 &&
         (request.ifr_flags & IFF_UP) != 0;
}

/* Has the socket take frames of this protocol, of the interface that has the name now. False after throwing. */
static bool bind_to_name(napi_env env, int descriptor, const char *name, bool promiscuous, int protocol) {
  if (!is_packet_socket(descriptor)) return true;
  int index = interface_index(env, name);
  if (index < 0) return false;
  int before = bound_index(descriptor);
  /* For the first one libpcap has asked. */
  bool asks = promiscuous && index != before && index != 0;
  if (asks && !ask_promiscuous(descriptor, PACKET_ADD_MEMBERSHIP, index)) {
    throw_errno(env, "promiscuous mode", errno);
    return false;
  }
  pending_error(descriptor);
  bool bound = bind_to(descriptor, index, protocol) == 0;
  int error = bound ? pending_error(descriptor) : errno;
  if (asks) ask_promiscuous(descriptor, PACKET_DROP_MEMBERSHIP, bound ? before : index);
  if (error == 0) return true;
  throw_errno(env, name, error);
  return false;
}

static napi_value bind_by_name(napi_env env, napi_callback_info info, int protocol) {
  napi_value arguments[3];
  int descriptor;
  char name[IF_NAMESIZE];
  bool promiscuous;
  if (values_arguments(env, info, 3, arguments) && values_int(env, arguments[0], &descriptor) &&
      values_string(env, arguments[1], name, sizeof name) && values_bool(env, arguments[2], &promiscuous))
    bind_to_name(env, descriptor, name, promiscuous, protocol);
  return NULL;
}

napi_value packet_socket_listen(napi_env env, napi_callback_info info) {
  return bind_by_name(env, info, ETH_P_ALL);
}

napi_value packet_socket_stand_by(napi_env env, napi_callback_info info) {
  return bind_by_name(env, info, PROTOCOL_OF_NO_FRAME);
}

napi_value packet_socket_make_promiscuous(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  int descriptor, index;
  if (!values_arguments(env, info, 2, arguments) || !values_int(env, arguments[0], &descriptor) ||
      !values_int(env, arguments[1], &index))
    return NULL;
  /* One that is gone by now needs nothing more. */
  if (ask_promiscuous(descriptor, PACKET_ADD_MEMBERSHIP, index) || errno == ENODEV) return NULL;
  return throw_errno(env, "promiscuous mode", errno);
}

/* An error number, or 0. */
static int pause_socket(int descriptor) {
  if (!is_packet_socket(descriptor)) return 0;
  int index = bound_index(descriptor);
  if (index < 0 || bind_to(descriptor, index, PROTOCOL_OF_NO_FRAME) == 0) return 0;
  return errno == ENODEV ? 0 : errno;
}

napi_value packet_socket_pause(napi_env env, napi_callback_info info) {
  napi_value argument;
  int descriptor;
  if (!values_arguments(env, info, 1, &argument) || !values_int(env, argument, &descriptor)) return NULL;
  int error = pause_socket(descriptor);
  return error == 0 ? NULL : throw_errno(env, "bind", error);
}

static double steady_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/*
 * Binding a socket may wait for the kernel's other processors, some milliseconds; changing a filter does not. So the second
 * socket is bound behind a filter that takes nothing, and then two filters change. What passes between them is taken by
 * neither. Nothing is taken by both: the kernel offers a frame first to the socket that was bound last.
 */
napi_value packet_socket_take_over(napi_env env, napi_callback_info info) {
  napi_value arguments[4], gap_ms;
  int from, to;
  char name[IF_NAMESIZE];
  bool promiscuous;
  if (!values_arguments(env, info, 4, arguments) || !values_int(env, arguments[0], &from) ||
      !values_int(env, arguments[1], &to) || !values_string(env, arguments[2], name, sizeof name) ||
      !values_bool(env, arguments[3], &promiscuous))
    return NULL;
  struct kernel_filter nothing = { .instructions = { BPF_STMT(BPF_RET | BPF_K, 0) }, .count = 1 };
  struct kernel_filter of_from, of_to;
  if (!kernel_filter_get(from, &of_from) || !kernel_filter_get(to, &of_to) || !kernel_filter_set(to, &nothing))
    return throw_errno(env, "filter", errno);
  bool listens = bind_to_name(env, to, name, promiscuous, ETH_P_ALL);
  double start_ms = steady_ms();
  if (listens && kernel_filter_set(from, &nothing) && kernel_filter_set(to, &of_to)) {
    NAPI_MUST(napi_create_double(env, steady_ms() - start_ms, &gap_ms));
    return gap_ms;
  }
  int error = errno;
  kernel_filter_set(from, &of_from);
  pause_socket(to);
  kernel_filter_set(to, &of_to);
  return listens ? throw_errno(env, "filter", error) : NULL;
}

napi_value packet_socket_ignore_outgoing(napi_env env, napi_callback_info info) {
  napi_value argument;
  int descriptor, yes = 1;
  if (!values_arguments(env, info, 1, &argument) || !values_int(env, argument, &descriptor)) return NULL;
  if (setsockopt(descriptor, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof yes) != 0)
    return throw_errno(env, "PACKET_IGNORE_OUTGOING", errno);
  return NULL;
}

napi_value packet_socket_statistics(napi_env env, napi_callback_info info) {
  napi_value argument, counts;
  int descriptor;
  if (!values_arguments(env, info, 1, &argument) || !values_int(env, argument, &descriptor)) return NULL;
  struct tpacket_stats statistics;
  socklen_t size = sizeof statistics;
  if (getsockopt(descriptor, SOL_PACKET, PACKET_STATISTICS, &statistics, &size) != 0)
    return throw_errno(env, "PACKET_STATISTICS", errno);
  NAPI_MUST(napi_create_object(env, &counts));
  values_set_number(env, counts, "offered", statistics.tp_packets);
  values_set_number(env, counts, "dropped", statistics.tp_drops);
  return counts;
}

napi_value packet_socket_interface_state(napi_env env, napi_callback_info info) {
  napi_value argument, state;
  struct ifreq request = { 0 };
  if (!values_arguments(env, info, 1, &argument) ||
      !values_string(env, argument, request.ifr_name, sizeof request.ifr_name))
    return NULL;
  int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return throw_errno(env, "socket", errno);
  bool known = ioctl(descriptor, SIOCGIFFLAGS, &request) == 0;
  short flags = request.ifr_flags;
  known = known && ioctl(descriptor, SIOCGIFHWADDR, &request) == 0;
  close(descriptor);
  if (!known) return NULL;
  NAPI_MUST(napi_create_object(env, &state));
  values_set_bool(env, state, "up", (flags & IFF_UP) != 0);
  values_set_bool(env, state, "loopback", (flags & IFF_LOOPBACK) != 0);
  values_set_number(env, state, "hardwareType", request.ifr_hwaddr.sa_family);
  return state;
}

#else

static napi_value unsupported(napi_env env) {
  values_throw(env, "other", "packet sockets exist on Linux only");
  return NULL;
}
bool packet_socket_takes_frames(int descriptor) { return false; }
napi_value packet_socket_listen(napi_env env, napi_callback_info info) { return NULL; }
napi_value packet_socket_stand_by(napi_env env, napi_callback_info info) { return NULL; }
napi_value packet_socket_make_promiscuous(napi_env env, napi_callback_info info) { return NULL; }
napi_value packet_socket_pause(napi_env env, napi_callback_info info) { return NULL; }
napi_value packet_socket_take_over(napi_env env, napi_callback_info info) { return unsupported(env); }
napi_value packet_socket_ignore_outgoing(napi_env env, napi_callback_info info) { return NULL; }
napi_value packet_socket_statistics(napi_env env, napi_callback_info info) { return unsupported(env); }
napi_value packet_socket_interface_state(napi_env env, napi_callback_info info) { return unsupported(env); }

#endif
