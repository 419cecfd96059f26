#include "syn-socket.h"

#ifdef __linux__

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../capture.h"
#include "../kernel-filter.h"
#include "../names/bpf-assembler.h"
#include "socket-answers.h"

/* From the IP header on: the longest IPv4 header, and TCP's ports. */
#define SYN_BYTES 64
#define IPV6_TO_PORTS 40
#define TCP_TO_FLAGS 13
#define TCP_SYN 0x02
#define TCP_ACK 0x10
/* Some 160 SYNs fit what it has without asking. The kernel gives no more than net.core.rmem_max. */
#define RECEIVE_BUFFER_BYTES (1024 * 1024)

enum label { FOLLOWING = NEXT, TCP_IN_IPV6, FLAGS, TAKE, LEAVE };

#define LOAD_BYTE (BPF_LD | BPF_B | BPF_ABS)
#define LOAD_HALF (BPF_LD | BPF_H | BPF_ABS)
#define EQUALS (BPF_JEQ | BPF_K)
#define ANY_OF (BPF_JSET | BPF_K)

/*
 * Bytes are counted from the IP header on. Nearly all packets go no further than the first two comparisons: whatever comes in, and
 * other protocols; data and acknowledgements of TCP see them all.
 */
static bool assemble(struct kernel_filter *filter) {
  struct bpf_assembler program = bpf_assembler_of(filter);
  bpf_add(&program, LOAD_HALF, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE));
  bpf_branch(&program, EQUALS, PACKET_OUTGOING, FOLLOWING, LEAVE);
  bpf_add(&program, LOAD_HALF, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL));
  bpf_branch(&program, EQUALS, ETH_P_IPV6, TCP_IN_IPV6, FOLLOWING);
  bpf_branch(&program, EQUALS, ETH_P_IP, FOLLOWING, LEAVE);
  bpf_add(&program, LOAD_BYTE, 9);
  bpf_branch(&program, EQUALS, IPPROTO_TCP, FOLLOWING, LEAVE);
  bpf_add(&program, LOAD_HALF, 6);
  bpf_branch(&program, ANY_OF, 0x1fff, LEAVE, FOLLOWING);
  bpf_add(&program, BPF_LDX | BPF_B | BPF_MSH, 0);
  bpf_add(&program, BPF_LD | BPF_B | BPF_IND, TCP_TO_FLAGS);
  bpf_go(&program, FLAGS);
  bpf_label(&program, TCP_IN_IPV6);
  bpf_add(&program, LOAD_BYTE, 6);
  bpf_branch(&program, EQUALS, IPPROTO_TCP, FOLLOWING, LEAVE);
  bpf_add(&program, LOAD_BYTE, IPV6_TO_PORTS + TCP_TO_FLAGS);
  bpf_label(&program, FLAGS);
  bpf_add(&program, BPF_ALU | BPF_AND, TCP_SYN | TCP_ACK);
  bpf_branch(&program, EQUALS, TCP_SYN, TAKE, LEAVE);
  bpf_label(&program, TAKE);
  bpf_add(&program, BPF_RET | BPF_K, SYN_BYTES);
  bpf_label(&program, LEAVE);
  bpf_add(&program, BPF_RET | BPF_K, 0);
  return bpf_finish(&program);
}

static bool set_up(int descriptor) {
  struct kernel_filter filter = { .count = 0 };
  int room = RECEIVE_BUFFER_BYTES, yes = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  return assemble(&filter) && kernel_filter_set(descriptor, &filter) &&
         setsockopt(descriptor, SOL_SOCKET, SO_LOCK_FILTER, &yes, sizeof yes) == 0;
}

int syn_socket_open(void) {
  int descriptor = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0 || set_up(descriptor)) return descriptor;
  int error = errno;
  close(descriptor);
  errno = error;
  return -1;
}

static int bind_to(int descriptor, int protocol) {
  struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons((uint16_t)protocol) };
  return bind(descriptor, (struct sockaddr *)&address, sizeof address) == 0 ? 0 : errno;
}

/* Sockets of one protocol see what comes in only. */
int syn_socket_listen(int descriptor) {
  return bind_to(descriptor, ETH_P_ALL);
}

int syn_socket_pause(int descriptor) {
  return bind_to(descriptor, PROTOCOL_OF_NO_FRAME);
}

static void copy_words(int32_t *words, const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t word;
    memcpy(&word, bytes + i * sizeof word, sizeof word);
    words[i] = (int32_t)le32toh(word);
  }
}

/* False where less is there than the filter has looked at. */
static bool question_of(const uint8_t *packet, size_t bytes, int interface_index, int32_t *question) {
  bool is_ipv6 = bytes > 0 && packet[0] >> 4 == 6;
  size_t to_ports = is_ipv6 ? IPV6_TO_PORTS : (size_t)(bytes > 0 ? packet[0] & 0x0f : 0) * 4;
  if (to_ports < sizeof(struct in_addr) * 5 || bytes < to_ports + 4) return false;
  memset(question, 0, QUESTION_WORDS * sizeof *question);
  question[0] = IPPROTO_TCP | (is_ipv6 ? 6 : 4) << 8;
  copy_words(question + 1, packet + to_ports, 1);
  question[2] = interface_index;
  copy_words(question + 4, packet + (is_ipv6 ? 8 : 12), is_ipv6 ? 4 : 1);
  copy_words(question + 8, packet + (is_ipv6 ? 24 : 16), is_ipv6 ? 4 : 1);
  return true;
}

size_t syn_socket_read(int descriptor, size_t most, int32_t *questions) {
  uint8_t packets[SYN_SOCKET_MOST][SYN_BYTES];
  struct sockaddr_ll senders[SYN_SOCKET_MOST];
  struct iovec pieces[SYN_SOCKET_MOST];
  struct mmsghdr messages[SYN_SOCKET_MOST];
  if (most > SYN_SOCKET_MOST) most = SYN_SOCKET_MOST;
  for (size_t i = 0; i < most; i++) {
    senders[i].sll_ifindex = 0;
    pieces[i] = (struct iovec){ .iov_base = packets[i], .iov_len = SYN_BYTES };
    messages[i].msg_hdr = (struct msghdr){
      .msg_name = &senders[i], .msg_namelen = sizeof senders[i], .msg_iov = &pieces[i], .msg_iovlen = 1
    };
  }
  int count = recvmmsg(descriptor, messages, (unsigned)most, MSG_DONTWAIT, NULL);
  size_t read = 0;
  for (int i = 0; i < count; i++) {
    int32_t *question = questions + read * QUESTION_WORDS;
    if (question_of(packets[i], messages[i].msg_len, senders[i].sll_ifindex, question)) read++;
  }
  return read;
}

uint32_t syn_socket_dropped(int descriptor) {
  struct tpacket_stats statistics;
  socklen_t size = sizeof statistics;
  bool tells = getsockopt(descriptor, SOL_PACKET, PACKET_STATISTICS, &statistics, &size) == 0;
  return tells ? statistics.tp_drops : 0;
}

#endif
