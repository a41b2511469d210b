/* sandbox_sbd.h - Standard Business Documents of Digital post (dpi.md, 2): what a sender's says,
 * read and held against the schema by a table of our own, and the receipts that a mailbox writes.
 */
#pragma once

#include "engine/base/arena.h"
#include "engine/sandbox/sandbox_post.h"

/* What corner 2 needs to know, whatever else is wrong with it; "" where it says nothing. Texts are
 * in the arena. */
struct sandbox_sbd {
    const char *type;       /* "digital" */
    const char *message_id; /* instanceIdentifier */
    const char *conversation_id, *process;
    const char *sender, *receiver; /* organisation numbers, "" when not "0192:<9 digits>" */
    const char *consumer;          /* avsender, organisation number */
    const char *sender_identifier;
    const char *mailbox; /* postkasseadresse */
    const char *token;
    const char *digest_method, *digest;
};
void sandbox_sbd_read(struct arena *arena, const json_t *document, struct sandbox_sbd *out);

/* Against the schema of `digital` and the rules of the prose. NULL: all is well; else what is wrong
 * and where. */
const char *sandbox_sbd_check(struct arena *arena, const json_t *document);

/* Title, level, times and notices of a checked one. */
void sandbox_sbd_describe(struct arena *arena, const json_t *document,
                          struct sandbox_post_letter *out);

bool sandbox_sbd_is_uuid(const char *text);

/* A receipt of that kind to a message: sender is the mailbox. The caller may add members to the
 * body, which is <type> of standardBusinessDocument. */
json_t *sandbox_sbd_receipt(struct arena *arena, const struct sandbox_post_message *message,
                            const char *kind, const char *id, int64_t at_ms);
json_t *sandbox_sbd_body(json_t *document, const char *kind);
