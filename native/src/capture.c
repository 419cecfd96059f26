#include "capture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "frame-buffer.h"
#include "kernel-filter.h"
#include "names/name-program.h"
#include "packet-socket.h"

/* How a failed pcap_activate() is told apart by the program; every other status is 'other'. */
static const char *activation_code(int status) {
  switch (status) {
    case PCAP_ERROR_NO_SUCH_DEVICE: return "no-such-interface";
    case PCAP_ERROR_IFACE_NOT_UP: return "interface-down";
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED: return "permission";
    default: return "other";
  }
}

static void set_error(struct capture_error *error, const char *code, const char *text) {
  error->code = code;
  snprintf(error->text, sizeof error->text, "%s", text);
}

/* libpcap cuts frames to the snapshot length that it was opened with, whatever the kernel captured. */
static int longest_frame(const struct capture_options *options) {
  return options->name_bytes > options->snapshot_bytes ? options->name_bytes : options->snapshot_bytes;
}

static bool activate(pcap_t *pcap, const struct capture_options *options, struct capture_error *error) {
  bool any = strcmp(options->interface, "any") == 0;
  /* None of these can fail before the activation with values in range; the activation reports the others. */
  pcap_set_snaplen(pcap, longest_frame(options));
  pcap_set_promisc(pcap, options->promiscuous && !any);
  pcap_set_buffer_size(pcap, options->buffer_bytes);
  pcap_set_timeout(pcap, options->timeout_ms);
#ifdef __linux__
  pcap_set_protocol_linux(pcap, PROTOCOL_OF_NO_FRAME);
#endif
  int status = pcap_activate(pcap);
  if (status >= 0) {
    /* The cooked header that names the interface; a libpcap without it keeps the older one. */
    if (any) pcap_set_datalink(pcap, DLT_LINUX_SLL2);
    return true;
  }
  const char *text = pcap_geterr(pcap);
  set_error(error, activation_code(status), text[0] != '\0' ? text : pcap_statustostr(status));
  return false;
}

/*
 * A filter is set even where it takes everything: its "return" states the snapshot length, and that alone makes the
 * kernel cut frames before it copies them. Without one the ring holds whole frames.
 */
static bool set_filter(pcap_t *pcap, const char *filter, struct capture_error *error) {
  struct bpf_program program;
  if (pcap_compile(pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) != 0) {
    set_error(error, "filter", pcap_geterr(pcap));
    return false;
  }
  bool set = pcap_setfilter(pcap, &program) == 0;
  if (!set) set_error(error, "other", pcap_geterr(pcap));
  pcap_freecode(&program);
  return set;
}

#ifdef __linux__

/* The kernel takes a filter only as far as its memory for the socket reaches: one that is longer may not find room. */
static bool attach(int descriptor, struct kernel_filter *filter, const struct capture_options *options, int link_type,
                   bool *names_pass) {
  if (options->name_bytes <= options->snapshot_bytes) {
    *names_pass = true;
    return kernel_filter_set(descriptor, filter);
  }
  uint32_t bytes = (uint32_t)options->snapshot_bytes;
  struct kernel_filter with_names = *filter;
  *names_pass = name_program_append(&with_names, link_type, bytes, (uint32_t)options->name_bytes);
  if (*names_pass && kernel_filter_set(descriptor, &with_names)) return true;
  *names_pass = false;
  name_program_leave_out(filter, bytes);
  return kernel_filter_set(descriptor, filter);
}

#endif

/*
 * libpcap runs a new filter once more over the first block it reads, for frames taken before the filter was there. In
 * that second run "inbound", "outbound" and "ifindex", which only the kernel can tell, reject every frame. Here no
 * frame is taken before the filter, so libpcap is given one that takes everything, and the kernel the real one again.
 */
static bool set_filter_in_kernel(pcap_t *pcap, const struct capture_options *options, bool *names_pass,
                                 struct capture_error *error) {
  *names_pass = true;
  if (!set_filter(pcap, options->filter, error)) return false;
#ifdef __linux__
  struct kernel_filter filter;
  if (!kernel_filter_get(pcap_fileno(pcap), &filter) || filter.count == 0)
    return true; /* libpcap found that the kernel cannot run this one, and runs it itself, on whole frames */
  if (!set_filter(pcap, "", error)) return false;
  if (!attach(pcap_fileno(pcap), &filter, options, pcap_datalink(pcap), names_pass)) {
    set_error(error, "other", strerror(errno));
    return false;
  }
#endif
  return true;
}

pcap_t *capture_open(const struct capture_options *options, bool *names_pass, struct capture_error *error) {
  char text[PCAP_ERRBUF_SIZE] = "";
  pcap_t *pcap = pcap_create(options->interface, text);
  if (pcap == NULL) {
    set_error(error, "other", text);
    return NULL;
  }
  if (activate(pcap, options, error) && set_filter_in_kernel(pcap, options, names_pass, error)) {
    if (pcap_setnonblock(pcap, 1, text) == 0) return pcap;
    set_error(error, "other", text);
  }
  pcap_close(pcap);
  return NULL;
}

struct packing {
  pcap_t *pcap;
  uint8_t *at;
  uint8_t *last; /* The longest frame still finds room here, not behind it. */
  int link_type;
  uint32_t snapshot_bytes;
  bool headers_only;
  bool names_too;
  bool health_too;
};

/* So far ahead the next frames lie in the block: five of 128 captured bytes. Past its end a prefetch does nothing. */
#define PREFETCH_BYTES 1024
#define CACHE_LINE_BYTES 64

static uint32_t part_of(const struct packing *packing, const struct pcap_pkthdr *frame, const u_char *bytes) {
  if (packing->names_too && may_frame_carry_name(packing->link_type, bytes, frame->caplen, frame->len)) return frame->caplen;
  uint32_t captured = frame->caplen < packing->snapshot_bytes ? frame->caplen : packing->snapshot_bytes;
  return packing->headers_only ? near_bytes(bytes, captured, packing->health_too) : captured;
}

static void pack(u_char *user, const struct pcap_pkthdr *frame, const u_char *bytes) {
  struct packing *packing = (struct packing *)user;
  for (int ahead = 0; ahead < 4; ahead++) __builtin_prefetch(bytes + PREFETCH_BYTES + ahead * CACHE_LINE_BYTES);
  struct frame_header header = {
    .timestamp_us = (double)frame->ts.tv_sec * 1e6 + (double)frame->ts.tv_usec,
    .captured_bytes = part_of(packing, frame, bytes),
    .wire_bytes = frame->len,
  };
  packing->at = frame_buffer_put(packing->at, header, bytes);
  /* libpcap keeps its place in the block, and goes on there when it is called again. */
  if (packing->at > packing->last) pcap_breakloop(packing->pcap);
}

/*
 * Whoever polls the socket first after the interface went down takes the error from it, and that may be libpcap. It
 * then wants to be called every millisecond, to see whether the interface is only down or gone, and says so here.
 */
static bool saw_interface_down(pcap_t *pcap) {
  return pcap_get_required_select_timeout(pcap) != NULL;
}

/* Where the socket was bound to another interface since, libpcap waits for ever for the one that it has opened. */
static bool goes_on_elsewhere(pcap_t *pcap) {
  return saw_interface_down(pcap) && packet_socket_takes_frames(pcap_get_selectable_fd(pcap));
}

/*
 * Packs what waits in one pcap_dispatch(). Where that was broken off after some frames, some sorts of libpcap's captures say
 * so at once, and others when they are called again, with no frame: then once more.
 */
static int dispatch(pcap_t *pcap, struct packing *packing) {
  const uint8_t *start = packing->at;
  errno = 0;
  int count = pcap_dispatch(pcap, -1, pack, (u_char *)packing);
  if (count == PCAP_ERROR_BREAK && packing->at == start) count = pcap_dispatch(pcap, -1, pack, (u_char *)packing);
  return count;
}

long capture_read(pcap_t *pcap, uint8_t *into, size_t size, struct capture_wish wish, struct capture_error *error) {
  uint32_t longest = (uint32_t)pcap_snapshot(pcap);
  struct packing packing = {
    .pcap = pcap,
    .at = into,
    .last = into + size - frame_buffer_bytes(longest),
    .link_type = pcap_datalink(pcap),
    .snapshot_bytes = wish.snapshot_bytes,
    .headers_only = wish.part != WHOLE && pcap_datalink(pcap) == DLT_EN10MB,
    .health_too = (wish.part & HEALTH) != 0,
    .names_too = (wish.part & NAMES) != 0 || longest > wish.snapshot_bytes,
  };
  if (size < frame_buffer_bytes(longest)) {
    set_error(error, "other", "the buffer does not hold one frame");
    return -1;
  }
  int count = dispatch(pcap, &packing);
  if (packing.at > into) return packing.at - into;
  if (count == 0 && !saw_interface_down(pcap)) return 0;
  if (goes_on_elsewhere(pcap)) return 0;
  /* What libpcap says of a socket of netlink that is empty. */
  if (count < 0 && errno == EAGAIN) return 0;
  set_error(error, "other", count == 0 ? "the interface went down or away" : pcap_geterr(pcap));
  return -1;
}
