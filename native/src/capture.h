/* One libpcap capture: opening it and packing what it reads. Knows nothing of JavaScript. */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "near-bytes.h"

struct capture_options {
  const char *interface;
  const char *filter; /* pcap-filter(7); "" for every packet, which is a filter too: see capture_open */
  int buffer_bytes;
  int snapshot_bytes;
  int name_bytes; /* the same of frames that may carry a name, see name-rule.h; no more than of others where it is less */
  int timeout_ms;
  bool promiscuous;
};

/* `code` is a word for the program, `text` libpcap's own for the reader. */
struct capture_error {
  const char *code;
  char text[PCAP_ERRBUF_SIZE + 64];
};

/*
 * An EtherType that no frame carries (RFC 7042 reserves it). On Linux a capture is opened for this protocol alone, so
 * that not one frame is taken before its filter is in place; packet_socket_listen then starts it. Every frame that the
 * kernel counts has passed the filter, and the sums agree to the frame.
 */
#define PROTOCOL_OF_NO_FRAME 0xffff

/*
 * NULL after filling in `error`. `names_pass` becomes whether frames that may carry a name are captured as far as `name_bytes`
 * says: that they are not is no error.
 */
pcap_t *capture_open(const struct capture_options *options, bool *names_pass, struct capture_error *error);

/* Of each frame no more than `snapshot_bytes` are packed, unless it may carry a name and more was captured on purpose. */
struct capture_wish {
  uint32_t snapshot_bytes;
  unsigned part; /* of enum frame_part, see near-bytes.h; headers are told from the rest in Ethernet frames only */
};

/*
 * Takes what the kernel holds, as far as `size` allows, as frame-buffer.h has it. Returns the bytes filled, 0 where nothing
 * waits, -1 after filling in `error`. It may leave as much room as the longest frame would take.
 */
long capture_read(pcap_t *pcap, uint8_t *into, size_t size, struct capture_wish wish, struct capture_error *error);

#endif
