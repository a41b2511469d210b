/* bytes.h - for the parts that move documents: a document of any size, what the machine itself does
 * with as many bytes, and the memory of a process. */
#pragma once

#include "tests/bench/bench.h"

#include <sys/types.h>

enum { BYTES_SIZES = 3, BYTES_ROUNDS = 3 };
extern const size_t bytes_sizes[BYTES_SIZES]; /* 1, 10 and 100 MB */

/* That is taken for a PDF; the same each time. */
struct bytes bytes_document(struct arena *arena, size_t size);

/* What there is no way below: each byte copied, sealed and hashed once. Of this run. */
struct bytes_floor {
    double copy;   /* MB/s: a file to another, with an fsync: read and write, 128 KiB at a time */
    double cipher; /* MB/s: openssl speed, AES-256-GCM, 64 KiB at a time */
    double digest; /* MB/s: openssl speed, SHA-256, 64 KiB at a time */
    double all;    /* MB/s: the three, one after the other */
    double cpu_ms; /* processor time of the three for a megabyte */
};
CHECKED bool bytes_measure_floor(const struct bench *bench, size_t size, struct bytes_floor *out,
                                 struct error *err);

/* Seconds of processor time a process has used, all its threads together. */
double bytes_cpu_s(pid_t process);

/* Most memory it has had resident so far: VmHWM of /proc/PID/status, in MB. */
double bytes_most_resident_mb(pid_t process);

/* What moving one document took, and its rows: speed against floor->all, processor time for a
 * megabyte against floor->cpu_ms. */
struct bytes_cost {
    double wall_s, cpu_s;
};
void bytes_rows(const char *what, size_t size, const struct bytes_cost costs[BYTES_ROUNDS],
                const struct bytes_floor *floor);
