#include "devices.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <sys/socket.h>

#include "values.h"

static bool address_text(const struct sockaddr *address, char *text, socklen_t size) {
  if (address == NULL) return false;
  if (address->sa_family == AF_INET)
    return inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, text, size) != NULL;
  if (address->sa_family == AF_INET6)
    return inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)address)->sin6_addr, text, size) != NULL;
  return false;
}

static napi_value addresses_of(napi_env env, const pcap_if_t *device) {
  napi_value list;
  uint32_t count = 0;
  char text[INET6_ADDRSTRLEN];
  NAPI_MUST(napi_create_array(env, &list));
  for (const pcap_addr_t *address = device->addresses; address != NULL; address = address->next)
    if (address_text(address->addr, text, sizeof text))
      napi_set_element(env, list, count++, values_string_of(env, text));
  return list;
}

static napi_value device_object(napi_env env, const pcap_if_t *device) {
  napi_value object;
  NAPI_MUST(napi_create_object(env, &object));
  values_set_string(env, object, "name", device->name);
  values_set_string(env, object, "description", device->description == NULL ? "" : device->description);
  values_set(env, object, "addresses", addresses_of(env, device));
  values_set_bool(env, object, "up", (device->flags & PCAP_IF_UP) != 0);
  values_set_bool(env, object, "running", (device->flags & PCAP_IF_RUNNING) != 0);
  values_set_bool(env, object, "loopback", (device->flags & PCAP_IF_LOOPBACK) != 0);
  return object;
}

napi_value devices_list(napi_env env, napi_callback_info info) {
  char text[PCAP_ERRBUF_SIZE] = "";
  pcap_if_t *devices = NULL;
  napi_value list;
  uint32_t count = 0;
  if (pcap_findalldevs(&devices, text) != 0) {
    values_throw(env, "other", text);
    return NULL;
  }
  NAPI_MUST(napi_create_array(env, &list));
  for (const pcap_if_t *device = devices; device != NULL; device = device->next)
    napi_set_element(env, list, count++, device_object(env, device));
  pcap_freealldevs(devices);
  return list;
}
