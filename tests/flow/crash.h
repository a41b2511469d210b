/* crash.h - the program as crash tests begin with it: its sandbox a process of its own that lives
 * on, mishap_preload loaded into both, one form with a document. Time that waiting would take is
 * given by setting both clocks ahead while the program is down. */
#pragma once

#include "tests/flow/mishap.h"
#include "tests/flow/oracle.h"

struct crash {
    struct server_under_test server;
    struct mishap *page, *sandbox_page;
    struct ledger ledger;
    char base[256]; /* a fresh folder: data, forms, log and pages are in it */
    char forms[600];
    const char *more[16]; /* further words to start it with; NULL-terminated */
};

/* Nothing is started, and base/data is empty, so that something may be mounted there. */
void crash_open(struct crash *crash);
void crash_close(struct crash *crash);

/* Starts the program and, the first time, its sandbox. */
void crash_start(struct crash *crash);

/* The same where it may say no. */
CHECKED bool crash_starts(struct crash *crash);

/* Later: all leases of before are over, and what had no answer is certainly there or not. */
void crash_start_later(struct crash *crash);

/* By so much later. */
void crash_start_ahead(struct crash *crash, int64_t by_ms);

/* POST /control/<what> of the sandbox. */
void crash_tell_sandbox(const struct crash *crash, const char *what, const char *body);

/* Waits until nothing is on its way any more, stops the program, and asks the oracle. Gives the
 * count of submissions. */
size_t crash_settle(struct crash *crash, const struct sender *senders, size_t count);

/* For browsers in threads, where a test cannot be failed: says why, and ends the process. */
void crash_give_up(const char *why);
