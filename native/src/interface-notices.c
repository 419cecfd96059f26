#include "interface-notices.h"

#include "values.h"

#ifdef __linux__

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel puts no more than this into one message of an answer (netlink_dump() in af_netlink.c). */
#define MESSAGE_BYTES (32 * 1024)
/* As many one call reads at the most; an answer has twenty interfaces and more in each. */
#define MOST_MESSAGES 4096

static napi_value throw_errno(napi_env env, int number) {
  char text[256];
  snprintf(text, sizeof text, "notices of interfaces: %s", strerror(number));
  values_throw(env, "other", text);
  return NULL;
}

/* Has all interfaces told. The answers come with the notices, after those that wait. */
static bool ask_for_all(int descriptor) {
  struct {
    struct nlmsghdr header;
    struct ifinfomsg question;
  } request = {
    .header = { .nlmsg_len = sizeof request, .nlmsg_type = RTM_GETLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
    .question = { .ifi_family = AF_UNSPEC },
  };
  return send(descriptor, &request, sizeof request, 0) >= 0;
}

napi_value interface_notices_open(napi_env env, napi_callback_info info) {
  int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
  if (descriptor >= 0 && bind(descriptor, (struct sockaddr *)&address, sizeof address) == 0 &&
      ask_for_all(descriptor))
    return values_int_of(env, descriptor);
  int error = errno;
  if (descriptor >= 0) close(descriptor);
  return throw_errno(env, error);
}

/* NULL where the message states none. */
static const char *name_in(const struct nlmsghdr *message) {
  const struct ifinfomsg *link = NLMSG_DATA(message);
  int left = (int)IFLA_PAYLOAD(message);
  for (const struct rtattr *attribute = IFLA_RTA(link); RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
    if (attribute->rta_type == IFLA_IFNAME && memchr(RTA_DATA(attribute), '\0', RTA_PAYLOAD(attribute)) != NULL)
      return RTA_DATA(attribute);
  return NULL;
}

/* A bridge tells of its ports by the same messages, in a family of its own: a port that left it is still an interface. */
static bool is_of_interface(const struct nlmsghdr *message) {
  if (message->nlmsg_type != RTM_NEWLINK && message->nlmsg_type != RTM_DELLINK) return false;
  if (message->nlmsg_len < NLMSG_LENGTH(sizeof(struct ifinfomsg))) return false;
  return ((const struct ifinfomsg *)NLMSG_DATA(message))->ifi_family == AF_UNSPEC;
}

static uint32_t add_notices(napi_env env, napi_value list, uint32_t count, const char *bytes, size_t size) {
  uint32_t left = (uint32_t)size;
  for (const struct nlmsghdr *message = (const struct nlmsghdr *)bytes; NLMSG_OK(message, left);
       message = NLMSG_NEXT(message, left)) {
    const char *name = is_of_interface(message) ? name_in(message) : NULL;
    if (name == NULL) continue;
    napi_value notice;
    NAPI_MUST(napi_create_object(env, &notice));
    values_set_number(env, notice, "index", ((const struct ifinfomsg *)NLMSG_DATA(message))->ifi_index);
    values_set_string(env, notice, "name", name);
    values_set_bool(env, notice, "present", message->nlmsg_type == RTM_NEWLINK);
    napi_set_element(env, list, count++, notice);
  }
  return count;
}

napi_value interface_notices_read(napi_env env, napi_callback_info info) {
  napi_value argument, list;
  int descriptor;
  uint32_t count = 0;
  _Alignas(struct nlmsghdr) char bytes[MESSAGE_BYTES];
  if (!values_arguments(env, info, 1, &argument) || !values_int(env, argument, &descriptor)) return NULL;
  NAPI_MUST(napi_create_array(env, &list));
  for (int messages = 0; messages < MOST_MESSAGES; messages++) {
    struct sockaddr_nl sender = { 0 };
    socklen_t sender_size = sizeof sender;
    ssize_t size = recvfrom(descriptor, bytes, sizeof bytes, 0, (struct sockaddr *)&sender, &sender_size);
    if (size >= 0 && sender.nl_pid == 0) count = add_notices(env, list, count, bytes, (size_t)size);
    if (size >= 0 || errno == EINTR) continue;
    if (errno == EAGAIN) break;
    /* There was no room for some: what they told is asked for. */
    if (errno != ENOBUFS || !ask_for_all(descriptor)) return throw_errno(env, errno);
  }
  return list;
}

#else

static napi_value unsupported(napi_env env) {
  values_throw(env, "other", "notices of interfaces exist on Linux only");
  return NULL;
}
napi_value interface_notices_open(napi_env env, napi_callback_info info) { return unsupported(env); }
napi_value interface_notices_read(napi_env env, napi_callback_info info) { return unsupported(env); }

#endif
