/*
 * The rule of name-rule.h as a program of classic BPF. Three things it has to heed: a load from beyond the frame's end ends the
 * program and rejects the frame, so the frame's length is looked at first; each load that is not from the frame's first bytes is
 * a call inside the kernel, so the fields are loaded in few pieces; and X is both the base of loads and one side of
 * comparisons, so that offsets are kept in memory.
 */
#include "name-program.h"

#ifdef __linux__

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <pcap/dlt.h>

#include "bpf-assembler.h"
#include "name-rule.h"

enum label { FOLLOWING = NEXT, AT_14, AT_18, TAGGED, IP, IPV4, IPV6, SEGMENT, TCP, UDP, HELLO, TLS_PORT, QUIC_1, QUIC_2, NAME, ORDINARY };

/* What is kept in BPF's memory. */
enum memory { FIRST_BYTE, PROTOCOL, SEGMENT_AT, OFFSET_AND_FLAGS, PAYLOAD_AT, PORTS };

#define LOAD_LENGTH (BPF_LD | BPF_W | BPF_LEN)
#define LOAD_LENGTH_TO_X (BPF_LDX | BPF_W | BPF_LEN)
#define LOAD_BYTE (BPF_LD | BPF_B | BPF_IND)
#define LOAD_HALF (BPF_LD | BPF_H | BPF_IND)
#define LOAD_WORD (BPF_LD | BPF_W | BPF_IND)
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

/* Where the kernel's data begin with the network header; the IP header's offset goes to X. */
static void begin_at_network(struct bpf_assembler *to) {
  bpf_add(to, LOAD_LENGTH, 0);
  bpf_branch(to, BPF_JGE, LEAST_NAME_PACKET, NEXT, ORDINARY);
  bpf_add(to, LOAD_CONSTANT_TO_X, 0);
}

static void begin_at_ethernet(struct bpf_assembler *to) {
  bpf_add(to, LOAD_LENGTH, 0);
  bpf_branch(to, BPF_JGE, ETH_HLEN + LEAST_NAME_PACKET, NEXT, ORDINARY);
  bpf_add(to, BPF_LD | BPF_H | BPF_ABS, 12);
  bpf_branch(to, BPF_JEQ, ETH_P_IP, AT_14, NEXT);
  bpf_branch(to, BPF_JEQ, ETH_P_IPV6, AT_14, NEXT);
  bpf_branch(to, BPF_JEQ, ETH_P_8021Q, TAGGED, NEXT);
  bpf_branch(to, BPF_JEQ, ETH_P_8021AD, TAGGED, ORDINARY);
  bpf_label(to, TAGGED);
  bpf_add(to, BPF_LD | BPF_H | BPF_ABS, 16);
  bpf_branch(to, BPF_JEQ, ETH_P_IP, AT_18, NEXT);
  bpf_branch(to, BPF_JEQ, ETH_P_IPV6, AT_18, ORDINARY);
  bpf_label(to, AT_18);
  bpf_add(to, LOAD_CONSTANT_TO_X, 18);
  bpf_go(to, IP);
  bpf_label(to, AT_14);
  bpf_add(to, LOAD_CONSTANT_TO_X, 14);
}

/* From here on X is what loads are made from: first the IP header's offset, then the segment's, then the payload's. */
static void add_ip(struct bpf_assembler *to) {
  bpf_label(to, IP);
  bpf_add(to, LOAD_BYTE, 0);
  bpf_add(to, KEEP, FIRST_BYTE);
  bpf_add(to, SHIFT_RIGHT, 4);
  bpf_branch(to, BPF_JEQ, 4, IPV4, NEXT);
  bpf_branch(to, BPF_JEQ, 6, IPV6, ORDINARY);

  bpf_label(to, IPV4);
  bpf_add(to, LOAD_WORD, 6); /* fragment, time to live, protocol */
  bpf_branch(to, BPF_JSET, (uint32_t)IPV4_FRAGMENT << 16, ORDINARY, NEXT);
  bpf_add(to, AND, 0xff);
  bpf_add(to, KEEP, PROTOCOL);
  bpf_add(to, RECALL, FIRST_BYTE);
  bpf_add(to, AND, 0xf);
  bpf_add(to, SHIFT_LEFT, 2);
  bpf_go(to, SEGMENT);

  bpf_label(to, IPV6);
  bpf_add(to, LOAD_BYTE, 6);
  bpf_add(to, KEEP, PROTOCOL);
  bpf_add(to, LOAD_CONSTANT, 40);
}

/* A is the IP header's length. */
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

static void add_tcp(struct bpf_assembler *to) {
  bpf_label(to, TCP);
  bpf_add(to, LOAD_HALF, 12);
  bpf_add(to, KEEP, OFFSET_AND_FLAGS);
  bpf_add(to, SHIFT_RIGHT, 10);
  bpf_add(to, AND, 0x3c);
  bpf_add(to, ADD_X, 0);
  bpf_add(to, KEEP, PAYLOAD_AT);
  bpf_add(to, LOAD_LENGTH_TO_X, 0);
  bpf_branch(to, BPF_JGE | BPF_X, 0, ORDINARY, NEXT);
  bpf_add(to, RECALL_TO_X, SEGMENT_AT);
  bpf_add(to, LOAD_WORD, 0);
  bpf_add(to, KEEP, PORTS);
  bpf_add(to, SHIFT_RIGHT, 16);
  bpf_branch(to, BPF_JEQ, PORT_DNS, NAME, NEXT);

  bpf_add(to, RECALL_TO_X, PAYLOAD_AT);
  bpf_add(to, LOAD_LENGTH, 0);
  bpf_add(to, SUBTRACT_X, 0);
  bpf_branch(to, BPF_JGT, TLS_HELLO_TYPE_AT, NEXT, ORDINARY);
  bpf_add(to, LOAD_HALF, 0);
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
  bpf_add(to, LOAD_BYTE, TLS_HELLO_TYPE_AT);
  bpf_branch(to, BPF_JEQ, TLS_CLIENT_HELLO, NAME, ORDINARY);
}

static void add_udp(struct bpf_assembler *to) {
  bpf_label(to, UDP);
  bpf_add(to, LOAD_HALF, 0);
  bpf_branch(to, BPF_JEQ, PORT_DNS, NAME, NEXT);
  bpf_add(to, LOAD_HALF, 4);
  bpf_branch(to, BPF_JGE, QUIC_LEAST_DATAGRAM, NEXT, ORDINARY);
  bpf_add(to, LOAD_BYTE, 8);
  bpf_add(to, AND, QUIC_FORM_AND_TYPE);
  bpf_branch(to, BPF_JEQ, QUIC_INITIAL_1, QUIC_1, NEXT);
  bpf_branch(to, BPF_JEQ, QUIC_INITIAL_2, QUIC_2, ORDINARY);
  bpf_label(to, QUIC_1);
  bpf_add(to, LOAD_WORD, 9);
  bpf_branch(to, BPF_JEQ, QUIC_VERSION_1, NAME, ORDINARY);
  bpf_label(to, QUIC_2);
  bpf_add(to, LOAD_WORD, 9);
  bpf_branch(to, BPF_JEQ, QUIC_VERSION_2, NAME, ORDINARY);
}

static bool is_accepting(const struct sock_filter *instruction) {
  return instruction->code == RETURN && instruction->k != 0;
}

void name_program_leave_out(struct kernel_filter *filter, uint32_t bytes) {
  for (socklen_t at = 0; at < filter->count; at++)
    if (is_accepting(&filter->instructions[at])) filter->instructions[at].k = bytes;
}

/* Adds what finds the IP header. False for frames of which that is not known. */
static bool begin(struct bpf_assembler *to, int link_type) {
  switch (link_type) {
    case DLT_EN10MB: begin_at_ethernet(to); return true;
    /* The kernel runs the filter on what follows the cooked header, which libpcap makes up afterwards. */
    case DLT_LINUX_SLL:
    case DLT_LINUX_SLL2:
    case DLT_RAW: begin_at_network(to); return true;
    default: return false;
  }
}

bool name_program_append(struct kernel_filter *filter, int link_type, uint32_t bytes, uint32_t name_bytes) {
  struct bpf_assembler to = bpf_assembler_of(filter);
  socklen_t start = filter->count;
  bool begun = begin(&to, link_type);
  if (begun) {
    add_ip(&to);
    add_segment(&to);
    add_tcp(&to);
    add_rest_of_hello(&to);
    add_udp(&to);
    bpf_label(&to, NAME);
    bpf_add(&to, RETURN, name_bytes);
    bpf_label(&to, ORDINARY);
    bpf_add(&to, RETURN, bytes);
  }
  if (!begun || !bpf_finish(&to)) {
    name_program_leave_out(filter, bytes);
    return false;
  }
  for (socklen_t at = 0; at < start; at++)
    if (is_accepting(&filter->instructions[at]))
      filter->instructions[at] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, start - at - 1);
  return true;
}

#endif
