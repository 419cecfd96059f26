/*
 * Appends instructions of classic BPF to a program. Jumps name a label, which may be put behind them only: BPF does not jump
 * back. Linux only.
 */
#ifndef BPF_ASSEMBLER_H
#define BPF_ASSEMBLER_H

#ifdef __linux__

#include <stdint.h>

#include "../kernel-filter.h"

/* Label 0 is the instruction that follows; the program's own are 1 to 63. */
#define NEXT 0
#define BPF_LABELS 64

struct bpf_assembler {
  struct kernel_filter *filter;
  socklen_t start; /* of what is appended */
  socklen_t labels[BPF_LABELS];
  bool full; /* an instruction did not find room */
};

struct bpf_assembler bpf_assembler_of(struct kernel_filter *filter);

/* `code` as linux/bpf_common.h has it, without the class' jumps. */
void bpf_add(struct bpf_assembler *assembler, int code, uint32_t k);

/* Goes on at label `yes` or `no`, as the comparison of A with k, or of A with X, comes out. */
void bpf_branch(struct bpf_assembler *assembler, int comparison, uint32_t k, int yes, int no);

void bpf_go(struct bpf_assembler *assembler, int label);

/* Puts the label at the instruction that is added next. */
void bpf_label(struct bpf_assembler *assembler, int label);

/* Puts distances in place of labels. False where the program is longer than the kernel takes; it is then as it was before. */
bool bpf_finish(struct bpf_assembler *assembler);

#endif

#endif
