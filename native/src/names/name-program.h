/*
 * Has the kernel capture more of frames that may carry a name than of others: what a filter returns is how much of the frame is
 * captured. Linux only.
 */
#ifndef NAME_PROGRAM_H
#define NAME_PROGRAM_H

#ifdef __linux__

#include <stdint.h>

#include "../kernel-filter.h"

/*
 * Makes the filter return `name_bytes` for frames that may carry a name (see name-rule.h) and `bytes` for all others that it
 * takes. False where it has to return `bytes` for all of them: there is no such program for frames of this DLT_, or the filter
 * has no room for one.
 */
bool name_program_append(struct kernel_filter *filter, int link_type, uint32_t bytes, uint32_t name_bytes);

/* Makes the filter return `bytes` for whatever it takes. */
void name_program_leave_out(struct kernel_filter *filter, uint32_t bytes);

#endif

#endif
