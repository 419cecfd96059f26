/* One libpcap capture: opening it and packing what it reads. Knows nothing of JavaScript. */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capture_options {
  const char *interface;
  const char *filter; /* pcap-filter(7); "" for every packet, which is a filter too: see capture_open */
  int buffer_bytes;
  int snapshot_bytes;
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

/* NULL after filling in `error`. */
pcap_t *capture_open(const struct capture_options *options, struct capture_error *error);

/*
 * Takes what the kernel holds, as far as `size` allows, in one pcap_dispatch(), as frame-buffer.h has it; with `headers_only`,
 * of Ethernet frames what near-bytes.h says. Returns the bytes filled, 0 where nothing waits, -1 after filling in `error`.
 */
long capture_read(pcap_t *pcap, uint8_t *into, size_t size, bool headers_only, struct capture_error *error);

#endif
