/* screening.h - looks a document through for viruses while its sender waits: the agency's decisions
 * and certificates, which go to citizens as they come. By the settings that hold for the citizens'
 * own documents, whose senders do not wait (checking.h; security.md S-FILE-5). */
#pragma once

#include "engine/checking.h"
#include "engine/config.h"
#include "storage/audit.h"

struct breaker;

struct screening {
    enum checking_policy policy;
    const char *clamd;       /* address, as clamd.h takes it; "" when off */
    struct breaker *breaker; /* so that a scanner that hangs takes few threads; NULL: a command's */
};

/* As the configuration says, whose texts it goes on using; without a breaker. Fails as
 * checking_read_policy. */
CHECKED bool screening_read(const struct config *config, struct screening *out, struct error *err);

enum { SCREENING_AT_ONCE = 2 }; /* for breaker_open_narrow */

/* Whose document it is. */
struct screening_sender {
    enum audit_actor actor;
    const char *actor_id;
    const char *submission_id; /* that it is about */
    const char *request_id;
};

/* Whether it may be kept and sent on. Outside transactions; screening NULL is taken, as off.
 * ERROR_INVALID: it has a virus, which is written down in the audit; ERROR_LIMIT: it is more than
 * the scanner looks through; ERROR_UNAVAILABLE: nobody could look now. Never taken for clean. */
CHECKED bool screening_pass(const struct screening *screening, struct arena *arena, struct db *db,
                            const struct screening_sender *sender, struct bytes document,
                            struct error *err);
