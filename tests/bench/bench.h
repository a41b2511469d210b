/* bench.h - what the parts of the bench share: clocks, medians, and the rows of the one table. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"

struct bench {
    const char *program; /* skjema */
    const char *floor;   /* bench_floor */
    const char *folder;  /* on a real disk, for databases: an fsync must be one */
};

/* One part: measures and prints its rows. False when it could not; why is on standard error. */
bool bench_pages(const struct bench *bench);
bool bench_mixed(const struct bench *bench);
bool bench_forms(const struct bench *bench);
bool bench_rows(const struct bench *bench);
bool bench_catalogue(const struct bench *bench);
bool bench_receipt(const struct bench *bench);
bool bench_seal(const struct bench *bench);
bool bench_submit(const struct bench *bench);
bool bench_deliver(const struct bench *bench);
bool bench_documents(const struct bench *bench);
bool bench_fetch(const struct bench *bench);
bool bench_hostile(const struct bench *bench);

/* Seconds: of the wall, that this thread has computed, and that all our threads have. */
double bench_wall_s(void);
double bench_thread_s(void);
double bench_process_s(void);

/* A whole file, cut at 2 MB; empty when it cannot be read. */
struct bytes bench_read(struct arena *arena, const char *path);

/* Sorts the values. */
double bench_median(double *values, size_t count);

/* A row: what was measured, the figure with its unit, the baseline of the same run, and the ratio
 * of the two; the last two may be "". */
void bench_row(const char *what, const char *figure, const char *baseline, const char *ratio);

/* Says why a part cannot go on; gives false. */
bool bench_fail(const char *what, const struct error *err);
