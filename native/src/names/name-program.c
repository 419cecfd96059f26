/*
 * The rule of name-rule.h as a program of classic BPF. It has to heed that
 * - a load from beyond the frame's end ends the program and rejects the frame: the frame's length is looked at first;
 * - a load from where X says is a call inside the kernel, one from a fixed offset is not: fields are loaded in few pieces, and
 *   what nearly all packets are, IPv4 without options and tags, has a way of its own from fixed offsets;
 * - X is also one side of comparisons: offsets are kept in memory.
 */
#include "name-program.h"

#ifdef __linux__

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <pcap/dlt.h>

#include "bpf-assembler.h"
#include "../near-bytes.h"

enum label {
  FOLLOWING = NEXT,
  PLAIN, /* IPv4 at the offset where it nearly always is */
  PLAIN_TCP,
  PLAIN_UDP,
  WITHOUT_TAG,
  TAGGED,
  WITH_TAG,
  IP, /* at X */
  IPV4,
  IPV6,
  SEGMENT,
  TCP, /* at X */
  UDP, /* at X */
  PAYLOAD, /* of TCP */
  TLS_PORT,
  HELLO,
  QUIC_2,
  PLAIN_QUIC_2,
  NAME,
  ORDINARY
};

/* What is kept in BPF's memory. */
enum memory { FIRST_BYTE, PROTOCOL, SEGMENT_AT, OFFSET_AND_FLAGS, PAYLOAD_AT, PORTS };

#define LOAD_LENGTH (BPF_LD | BPF_W | BPF_LEN)
#define LOAD_LENGTH_TO_X (BPF_LDX | BPF_W | BPF_LEN)
#define LOAD_CONSTANT (BPF_LD | BPF_IMM)
#define LOAD_CONSTANT_TO_X (BPF_LDX | BPF_IMM)
#define RECALL (BPF_LD | BPF_MEM)
#define RECALL_TO_X (BPF_LDX | BPF_MEM)
#define KEEP BPF_ST
#define AND (BPF_ALU | BPF_AND)
#define ADD (BPF_ALU | BPF_ADD)
#define ADD_X (BPF_ALU | BPF_ADD | BPF_X)
#define SUBTRACT_X (BPF_ALU | BPF_SUB | BPF_X)
#define SHIFT_LEFT (BPF_ALU | BPF_LSH)
#define SHIFT_RIGHT (BPF_ALU | BPF_RSH)
#define RETURN (BPF_RET | BPF_K)

/* Where a header begins: at this offset, or where X says. */
struct base {
  int mode; /* BPF_ABS or BPF_IND */
  uint32_t at;
};

static const struct base at_x = { BPF_IND, 0 };

static void load(struct bpf_assembler *to, int size, struct base base, uint32_t offset) {
  bpf_add(to, BPF_LD | size | base.mode, base.at + offset);
}

/* Where the kernel's data begin with the network header. */
static void begin_at_network(struct bpf_assembler *to) {
  bpf_add(to, LOAD_LENGTH, 0);
  bpf_branch(to, BPF_JGE, LEAST_NAME_PACKET, PLAIN, ORDINARY);
}

static void begin_at_ethernet(struct bpf_assembler *to) {
  struct base frame = { BPF_ABS, 0 };
  bpf_add(to, LOAD_LENGTH, 0);
  bpf_branch(to, BPF_JGE, ETH_HLEN + LEAST_NAME_PACKET, NEXT, ORDINARY);
  load(to, BPF_H, frame, ETH_HLEN - 2);
  bpf_branch(to, BPF_JEQ, ETH_P_IP, PLAIN, NEXT);
  bpf_branch(to, BPF_JEQ, ETH_P_IPV6, WITHOUT_TAG, NEXT);
  bpf_branch(to, BPF_JEQ, ETH_P_8021Q, TAGGED, NEXT);
  bpf_branch(to, BPF_JEQ, ETH_P_8021AD, TAGGED, ORDINARY);
  bpf_label(to, TAGGED);
  load(to, BPF_H, frame, ETH_HLEN + VLAN_TAG_BYTES - 2);
  bpf_branch(to, BPF_JEQ, ETH_P_IP, WITH_TAG, NEXT);
  bpf_branch(to, BPF_JEQ, ETH_P_IPV6, WITH_TAG, ORDINARY);
  bpf_label(to, WITH_TAG);
  bpf_add(to, LOAD_CONSTANT_TO_X, ETH_HLEN + VLAN_TAG_BYTES);
  bpf_go(to, IP);
}

/* A packet that is IPv4 without options has its segment at a fixed offset too. All others begin at X from here on. */
static void add_plain(struct bpf_assembler *to, uint32_t ip_at) {
  struct base ip = { BPF_ABS, ip_at };
  bpf_label(to, PLAIN);
  load(to, BPF_B, ip, 0);
  bpf_branch(to, BPF_JEQ, 0x45, NEXT, WITHOUT_TAG);
  load(to, BPF_W, ip, 6); /* fragment, time to live, protocol */
  bpf_branch(to, BPF_JSET, (uint32_t)IPV4_FRAGMENT << 16, ORDINARY, NEXT);
  bpf_add(to, AND, 0xff);
  bpf_branch(to, BPF_JEQ, IPPROTO_TCP, PLAIN_TCP, NEXT);
  bpf_branch(to, BPF_JEQ, IPPROTO_UDP, PLAIN_UDP, ORDINARY);
  bpf_label(to, WITHOUT_TAG);
  bpf_add(to, LOAD_CONSTANT_TO_X, ip_at);
}

static void add_ip(struct bpf_assembler *to) {
  bpf_label(to, IP);
  load(to, BPF_B, at_x, 0);
  bpf_add(to, KEEP, FIRST_BYTE);
  bpf_add(to, SHIFT_RIGHT, 4);
  bpf_branch(to, BPF_JEQ, 4, IPV4, NEXT);
  bpf_branch(to, BPF_JEQ, 6, IPV6, ORDINARY);

  bpf_label(to, IPV4);
  load(to, BPF_W, at_x, 6);
  bpf_branch(to, BPF_JSET, (uint32_t)IPV4_FRAGMENT << 16, ORDINARY, NEXT);
  bpf_add(to, AND, 0xff);
  bpf_add(to, KEEP, PROTOCOL);
  bpf_add(to, RECALL, FIRST_BYTE);
  bpf_add(to, AND, 0xf);
  bpf_add(to, SHIFT_LEFT, 2);
  bpf_go(to, SEGMENT);

  bpf_label(to, IPV6);
  load(to, BPF_B, at_x, 6);
  bpf_add(to, KEEP, PROTOCOL);
  bpf_add(to, LOAD_CONSTANT, IPV6_BYTES);
}

/* A is the IP header's length; X becomes the segment's offset. */
static void add_segment(struct bpf_assembler *to) {
  bpf_label(to, SEGMENT);
  bpf_add(to, ADD_X, 0);
  bpf_add(to, KEEP, SEGMENT_AT);
  bpf_add(to, ADD, LEAST_NAME_SEGMENT);
  bpf_add(to, LOAD_LENGTH_TO_X, 0);
  bpf_branch(to, BPF_JGT | BPF_X, 0, ORDINARY, NEXT);
  bpf_add(to, RECALL_TO_X, SEGMENT_AT);
  bpf_add(to, RECALL, PROTOCOL);
  bpf_branch(to, BPF_JEQ, IPPROTO_TCP, TCP, NEXT);
  bpf_branch(to, BPF_JEQ, IPPROTO_UDP, UDP, ORDINARY);
}

static void add_tcp(struct bpf_assembler *to, struct base tcp) {
  bpf_label(to, tcp.mode == BPF_ABS ? PLAIN_TCP : TCP);
  load(to, BPF_H, tcp, 12);
  bpf_add(to, KEEP, OFFSET_AND_FLAGS);
  bpf_add(to, SHIFT_RIGHT, 10);
  bpf_add(to, AND, 0x3c);
  if (tcp.mode == BPF_ABS) bpf_add(to, ADD, tcp.at);
  else bpf_add(to, ADD_X, 0);
  bpf_add(to, KEEP, PAYLOAD_AT);
  bpf_add(to, LOAD_LENGTH_TO_X, 0);
  bpf_branch(to, BPF_JGE | BPF_X, 0, ORDINARY, NEXT);
  if (tcp.mode == BPF_IND) bpf_add(to, RECALL_TO_X, SEGMENT_AT);
  load(to, BPF_W, tcp, 0);
  bpf_add(to, KEEP, PORTS);
  bpf_add(to, SHIFT_RIGHT, 16);
  bpf_branch(to, BPF_JEQ, PORT_DNS, NAME, PAYLOAD);
}

static void add_payload(struct bpf_assembler *to) {
  bpf_label(to, PAYLOAD);
  bpf_add(to, RECALL_TO_X, PAYLOAD_AT);
  bpf_add(to, LOAD_LENGTH, 0);
  bpf_add(to, SUBTRACT_X, 0);
  bpf_branch(to, BPF_JGT, TLS_HELLO_TYPE_AT, NEXT, ORDINARY);
  load(to, BPF_H, at_x, 0);
  bpf_branch(to, BPF_JEQ, TLS_HANDSHAKE, HELLO, NEXT);
  bpf_branch(to, BPF_JEQ, TLS_APPLICATION_DATA, ORDINARY, NEXT);
  bpf_branch(to, BPF_JEQ, TLS_CHANGE_CIPHER_SPEC, ORDINARY, NEXT);
  bpf_branch(to, BPF_JEQ, TLS_ALERT, ORDINARY, NEXT);
}

/* What begins with no record: X is the payload's offset. */
static void add_rest_of_hello(struct bpf_assembler *to) {
  bpf_add(to, RECALL, OFFSET_AND_FLAGS);
  bpf_branch(to, BPF_JSET, TCP_PSH, NEXT, ORDINARY);
  bpf_add(to, RECALL, PORTS);
  bpf_add(to, AND, 0xffff);
  bpf_branch(to, BPF_JEQ, PORT_HTTPS, TLS_PORT, NEXT);
  bpf_branch(to, BPF_JEQ, PORT_DNS_OVER_TLS, TLS_PORT, NEXT);
  bpf_branch(to, BPF_JEQ, PORT_HTTPS_ALTERNATE, TLS_PORT, ORDINARY);
  bpf_label(to, TLS_PORT);
  bpf_add(to, LOAD_LENGTH, 0);
  bpf_add(to, SUBTRACT_X, 0);
  bpf_branch(to, BPF_JGT, MOST_HELLO_REST_BYTES, ORDINARY, NAME);

  bpf_label(to, HELLO);
  load(to, BPF_B, at_x, TLS_HELLO_TYPE_AT);
  bpf_branch(to, BPF_JEQ, TLS_CLIENT_HELLO, NAME, ORDINARY);
}

static void add_udp(struct bpf_assembler *to, struct base udp, int version_2) {
  bpf_label(to, udp.mode == BPF_ABS ? PLAIN_UDP : UDP);
  load(to, BPF_H, udp, 0);
  bpf_branch(to, BPF_JEQ, PORT_DNS, NAME, NEXT);
  load(to, BPF_H, udp, 4);
  bpf_branch(to, BPF_JGE, QUIC_LEAST_DATAGRAM, NEXT, ORDINARY);
  load(to, BPF_B, udp, 8);
  bpf_add(to, AND, QUIC_FORM_AND_TYPE);
  bpf_branch(to, BPF_JEQ, QUIC_INITIAL_2, version_2, NEXT);
  bpf_branch(to, BPF_JEQ, QUIC_INITIAL_1, NEXT, ORDINARY);
  load(to, BPF_W, udp, 9);
  bpf_branch(to, BPF_JEQ, QUIC_VERSION_1, NAME, ORDINARY);
  bpf_label(to, version_2);
  load(to, BPF_W, udp, 9);
  bpf_branch(to, BPF_JEQ, QUIC_VERSION_2, NAME, ORDINARY);
}

static bool is_accepting(const struct sock_filter *instruction) {
  return instruction->code == RETURN && instruction->k != 0;
}

void name_program_leave_out(struct kernel_filter *filter, uint32_t bytes) {
  for (socklen_t at = 0; at < filter->count; at++)
    if (is_accepting(&filter->instructions[at])) filter->instructions[at].k = bytes;
}

/* Adds what finds the IP header. Its usual offset; -1 for frames of which that is not known. */
static int begin(struct bpf_assembler *to, int link_type) {
  switch (link_type) {
    case DLT_EN10MB: begin_at_ethernet(to); return ETH_HLEN;
    /* The kernel runs the filter on what follows the cooked header, which libpcap makes up afterwards. */
    case DLT_LINUX_SLL:
    case DLT_LINUX_SLL2:
    case DLT_RAW: begin_at_network(to); return 0;
    default: return -1;
  }
}

static void add_all(struct bpf_assembler *to, uint32_t ip_at, uint32_t bytes, uint32_t name_bytes) {
  struct base plain_segment = { BPF_ABS, ip_at + IPV4_BYTES };
  add_plain(to, ip_at);
  add_ip(to);
  add_segment(to);
  add_tcp(to, at_x);
  add_tcp(to, plain_segment);
  add_payload(to);
  add_rest_of_hello(to);
  add_udp(to, at_x, QUIC_2);
  add_udp(to, plain_segment, PLAIN_QUIC_2);
  bpf_label(to, NAME);
  bpf_add(to, RETURN, name_bytes);
  bpf_label(to, ORDINARY);
  bpf_add(to, RETURN, bytes);
}

bool name_program_append(struct kernel_filter *filter, int link_type, uint32_t bytes, uint32_t name_bytes) {
  struct bpf_assembler to = bpf_assembler_of(filter);
  socklen_t start = filter->count;
  int ip_at = begin(&to, link_type);
  if (ip_at >= 0) add_all(&to, (uint32_t)ip_at, bytes, name_bytes);
  if (ip_at < 0 || !bpf_finish(&to)) {
    name_program_leave_out(filter, bytes);
    return false;
  }
  for (socklen_t at = 0; at < start; at++)
    if (is_accepting(&filter->instructions[at]))
      filter->instructions[at] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, start - at - 1);
  return true;
}

#endif
