/* ledger.h - the sandbox's ledger as a test reads it, while it grows: which messages came, with
 * which documents, and what was asked, in order. */
#pragma once

#include "engine/base/arena.h"

enum ledger_what { LEDGER_REQUEST, LEDGER_MESSAGE };

struct ledger_entry {
    enum ledger_what what;
    const char *message_id; /* of a message; "" else */
    const char *sha256;     /* of the message's first document, hex */
    size_t documents;
    const char *relation, *fault; /* of a request; "" else */
    const char *target;
    int status;
};

struct ledger {
    struct arena *arena;
    char path[600];
    long at; /* read so far */
    struct ledger_entry *entries;
    size_t count, capacity;
    size_t messages; /* from us: seeded documents are in none */
};

/* data: the server's folder. Closed by ledger_close. */
void ledger_open(struct ledger *ledger, const char *data);
void ledger_close(struct ledger *ledger);

/* Reads what has come since. */
void ledger_read(struct ledger *ledger);

/* Waits until there are so many messages, at most so long. */
bool ledger_wait(struct ledger *ledger, size_t messages, int timeout_ms);

/* How many messages there are with that id; *last is the last of them. */
size_t ledger_find(const struct ledger *ledger, const char *message_id,
                   const struct ledger_entry **last);
