#include "bpf-assembler.h"

#ifdef __linux__

struct bpf_assembler bpf_assembler_of(struct kernel_filter *filter) {
  return (struct bpf_assembler){ .filter = filter, .start = filter->count };
}

static void append(struct bpf_assembler *assembler, struct sock_filter instruction) {
  struct kernel_filter *filter = assembler->filter;
  if (filter->count == BPF_MAXINSNS) assembler->full = true;
  else filter->instructions[filter->count++] = instruction;
}

void bpf_add(struct bpf_assembler *assembler, int code, uint32_t k) {
  append(assembler, (struct sock_filter){ .code = (uint16_t)code, .k = k });
}

void bpf_branch(struct bpf_assembler *assembler, int comparison, uint32_t k, int yes, int no) {
  struct sock_filter instruction = {
    .code = (uint16_t)(BPF_JMP | comparison), .jt = (uint8_t)yes, .jf = (uint8_t)no, .k = k
  };
  append(assembler, instruction);
}

void bpf_go(struct bpf_assembler *assembler, int label) {
  bpf_add(assembler, BPF_JMP | BPF_JA, (uint32_t)label);
}

void bpf_label(struct bpf_assembler *assembler, int label) {
  assembler->labels[label] = assembler->filter->count;
}

/* How many instructions are jumped over from the one at `at`. */
static uint32_t distance(const struct bpf_assembler *assembler, socklen_t at, uint32_t label) {
  return label == NEXT ? 0 : assembler->labels[label] - at - 1;
}

bool bpf_finish(struct bpf_assembler *assembler) {
  struct kernel_filter *filter = assembler->filter;
  if (assembler->full) {
    filter->count = assembler->start;
    return false;
  }
  for (socklen_t at = assembler->start; at < filter->count; at++) {
    struct sock_filter *instruction = &filter->instructions[at];
    if (BPF_CLASS(instruction->code) != BPF_JMP) continue;
    if (BPF_OP(instruction->code) == BPF_JA) {
      instruction->k = distance(assembler, at, instruction->k);
      continue;
    }
    instruction->jt = (uint8_t)distance(assembler, at, instruction->jt);
    instruction->jf = (uint8_t)distance(assembler, at, instruction->jf);
  }
  return true;
}

#endif
