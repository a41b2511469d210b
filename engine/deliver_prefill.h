/* deliver_prefill.h - the worker's part in filling in what is known already: asks the registers
 * that pages have questions for (storage/prefills.h), and writes down what they say. */
#pragma once

#include "storage/db.h"
#include "storage/registers/register.h"

#include <stdatomic.h>

enum { DELIVER_MOST_REGISTERS = 4 };

struct deliver_registers {
    struct register_source sources[DELIVER_MOST_REGISTERS];
    size_t count;
};

/* Answers what is due now, one question after the other. One that a register cannot answer is tried
 * a few more times within some minutes: late answers come into fields that are still empty. */
void deliver_prefill_answer(struct db_pool *pool, const struct deliver_registers *registers,
                            struct arena *arena, const atomic_bool *stopping);

/* How long until a question is due; at most most_ms. */
int64_t deliver_prefill_due_in_ms(struct db_pool *pool, struct arena *arena, int64_t most_ms);
