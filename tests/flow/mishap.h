/* mishap.h - what happens to a process from below: it is killed at a call that it makes, a call
 * fails, the clock is set. mishap_preload.c is loaded into the process under test (LD_PRELOAD) and
 * stands before the C library; a page of memory in a file is shared between it and the test, which
 * says there what is to happen and when. The program has no marks for it: every call that leaves
 * the process is counted, so no point is forgotten. */
#pragma once

#include "engine/base/base.h"

#include <stdatomic.h>

/* Calls by what they do. Writes and receipts of the database's log, of files and of sockets all
 * pass here; what goes through shared memory (the index of SQLite's log) another process never
 * sees after a kill. */
enum mishap_kind {
    MISHAP_SYNC,     /* fsync, fdatasync */
    MISHAP_WRITE,    /* write, writev, pwrite: files */
    MISHAP_RENAME,   /* rename, renameat */
    MISHAP_TRUNCATE, /* ftruncate, unlink */
    MISHAP_SEND,     /* send, sendto, sendmsg, write, writev, sendfile: sockets */
    MISHAP_RECEIVE,  /* recv, recvfrom, read: sockets, with at least one byte */
    MISHAP_KINDS
};

enum mishap_moment {
    MISHAP_BEFORE,
    MISHAP_HALFWAY, /* of writes and sends: half of the bytes have gone */
    MISHAP_AFTER,
    MISHAP_MOMENTS
};

struct mishap {
    /* SIGKILL at the at-th call of that kind since it was armed */
    _Atomic int is_armed;
    _Atomic int kind, moment;
    _Atomic int64_t at;
    _Atomic int64_t calls[MISHAP_KINDS];
    _Atomic int has_struck;
    /* after some that pass, calls of that kind fail with that errno, so many times; files only */
    _Atomic int64_t passes[MISHAP_KINDS];
    _Atomic int64_t failures[MISHAP_KINDS];
    _Atomic int failure[MISHAP_KINDS];
    _Atomic int64_t calls_after_failure[MISHAP_KINDS];
    /* the n-th allocation from now gives nothing; 0: all are given */
    _Atomic int64_t allocation_at;
    _Atomic int64_t allocations;
    /* what CLOCK_REALTIME and time() are ahead of the machine's */
    _Atomic int64_t ahead_ms;
};

/* A new page in that file, all zero; *page stays mapped until mishap_close. Aborts when it cannot
 * be made. */
struct mishap *mishap_open(const char *path);
void mishap_close(struct mishap **page);

/* From now on counted from nothing; the process ends at that point. */
void mishap_arm(struct mishap *page, enum mishap_kind kind, int64_t at, enum mishap_moment moment);

/* From now on counted from nothing, and nothing happens. */
void mishap_count(struct mishap *page);

/* So many calls go well first. times 0: no more fail. */
void mishap_fail(struct mishap *page, enum mishap_kind kind, int64_t passes, int failure,
                 int64_t times);

const char *mishap_kind_name(enum mishap_kind kind);
const char *mishap_moment_name(enum mishap_moment moment);
