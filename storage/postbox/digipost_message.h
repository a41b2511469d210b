/* digipost_message.h - what we send to Digipost, as bytes (Digipost API, 7.1, 7.3, 7.4, 8). Pure:
 * the same input gives the same bytes, so that a letter sent again is the letter sent before. */
#pragma once

#include "storage/postbox/postbox.h"

/* <message>: sender, recipient, documents with their titles, and the request to share documents if
 * there is one. The letter has passed postbox_check. */
struct bytes digipost_message_write(struct arena *arena, int64_t sender_id,
                                    const struct postbox_letter *letter);

/* The body of the request that sends it: the message first, then each document's bytes, main first,
 * in parts that are named by the document's id. The boundary is the caller's and occurs in none of
 * them. */
struct bytes digipost_message_multipart(struct arena *arena, struct bytes message,
                                        const struct postbox_letter *letter, const char *boundary);

/* A boundary that occurs in none of the parts, made from them. */
const char *digipost_message_boundary(struct arena *arena, struct bytes message,
                                      const struct postbox_letter *letter);

/* <proof> alone, with a declaration: as it is put into the PDF too. */
struct bytes digipost_message_proof(struct arena *arena, const struct postbox_proof *proof);

/* <identification>: has this recipient a postbox? */
struct bytes digipost_message_identification(struct arena *arena,
                                             const struct postbox_recipient *recipient);

/* <additional-data>: the sender does not need the shared documents any more. */
struct bytes digipost_message_stop_sharing(struct arena *arena, int64_t sender_id);
