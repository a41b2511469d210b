/* checking.h - the worker that has documents looked through for viruses: uploads and what was
 * fetched alike, before they may be sent (security.md S-FILE-5, -8); screening.h is for what the
 * agency sends. Pages write rows in state checking and wake it; what it finds stands in the row. A
 * document whose check was broken off, by a crash too, is looked through again.
 *
 *   clean     ready
 *   found     refused: the bytes are destroyed, with a row in the audit
 *   else      held, and looked through again later: 4, 8, ... 60 seconds. Never taken for clean */
#pragma once

#include "storage/attachments.h"

enum checking_policy {
    CHECKING_OFF,            /* documents are ready as they come */
    CHECKING_WHEN_AVAILABLE, /* as REQUIRED, but ready when nobody listens at the address */
    CHECKING_REQUIRED,
};

struct checking_settings {
    struct db_pool *db; /* the caller's, outlives the worker */
    enum checking_policy policy;
    const char *clamd;  /* address, as clamd.h takes it; "" when off */
    int64_t timeout_ms; /* of one document */
    int64_t poll_ms;    /* between looks when nothing wakes it */
};

struct checking;

/* The policy by its name in the configuration: off, when-available, required.
 * ERROR_INVALID: another word, or one of the last two without an address. */
CHECKED bool checking_read_policy(const char *policy, const char *clamd, enum checking_policy *out,
                                  struct error *err);

/* Starts the worker's thread. With the policy off it only lets go what an earlier start left
 * waiting. */
CHECKED bool checking_open(const struct checking_settings *settings, struct checking **out,
                           struct error *err);

/* The state in which a document comes in; NULL is taken, as off. */
enum attachment_state checking_first(const struct checking *checking);

/* There may be something to do now. Quick; from any thread. NULL is taken. */
void checking_wake(struct checking *checking);

/* Breaks off the check that runs, which is done again after the next start. NULL is taken. */
void checking_close(struct checking **checking);

/* Reasons in attachment.reason. */
#define CHECKING_VIRUS "file.virus"
#define CHECKING_HELD "file.held"
