#include "packet.h"

#include <netinet/in.h>
#include <string.h>

static uint32_t big16(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 8 | bytes[1];
}

static uint32_t big32(const uint8_t *bytes) {
  return big16(bytes) << 16 | big16(bytes + 2);
}

/* Bytes of the IP header; 0 where it is none. An extension header of IPv6 counts as payload: this kernel sends none with TCP. */
static size_t read_ip(const uint8_t *bytes, size_t length, struct headers *headers) {
  int version = length == 0 ? 0 : bytes[0] >> 4;
  headers->key.family = (uint8_t)version;
  if (version == 4 && length >= 20) {
    headers->key.protocol = bytes[9];
    headers->identification = (uint16_t)big16(bytes + 4);
    memcpy(headers->key.source, bytes + 12, 4);
    memcpy(headers->key.target, bytes + 16, 4);
    return (bytes[0] & 0xf) * 4u;
  }
  if (version == 6 && length >= 40) {
    headers->key.protocol = bytes[6];
    memcpy(headers->key.source, bytes + 8, 16);
    memcpy(headers->key.target, bytes + 24, 16);
    return 40;
  }
  return 0;
}

bool packet_read(const uint8_t *bytes, size_t length, struct headers *headers) {
  memset(headers, 0, sizeof *headers);
  size_t at = read_ip(bytes, length, headers);
  if (at == 0 || at > length) return false;
  /* What is longer than a length field can say was not cut by it either. */
  headers->ip_bytes = (uint32_t)length;
  headers->payload_bytes = (uint32_t)(length - at);
  const uint8_t *transport = bytes + at;
  int protocol = headers->key.protocol;
  if ((protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) || length - at < 8) return true;
  headers->key.source_port = (uint16_t)big16(transport);
  headers->key.target_port = (uint16_t)big16(transport + 2);
  if (protocol == IPPROTO_UDP) {
    headers->payload_bytes -= 8;
    return true;
  }
  size_t header_bytes = length - at < 20 ? 0 : (transport[12] >> 4) * 4u;
  if (header_bytes < 20 || header_bytes > length - at) return false;
  headers->sequence = big32(transport + 4);
  headers->flags = transport[13];
  headers->window = (uint16_t)big16(transport + 14);
  headers->payload_bytes -= (uint32_t)header_bytes;
  return true;
}

uint32_t packet_sequence_length(const struct headers *headers) {
  if (headers->key.protocol != IPPROTO_TCP) return 0;
  return headers->payload_bytes + (headers->flags & TCP_SYN ? 1 : 0) + (headers->flags & TCP_FIN ? 1 : 0);
}
