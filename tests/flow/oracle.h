/* oracle.h - what must hold whatever happened (reliability.md B): acknowledged is stored, stored is
 * delivered, each once, with the same bytes; what was withdrawn or decided on is so wholly; and the
 * database and its audit chain are whole. */
#pragma once

#include "tests/flow/ledger.h"
#include "tests/flow/sender.h"

struct oracle {
    struct server_under_test *server; /* stopped */
    const char *program;
    const struct sender *senders;
    size_t sender_count;
    struct ledger *ledger;
};

/* Fails the test with what does not hold. The count of submissions. */
size_t oracle_ask(const struct oracle *oracle);
