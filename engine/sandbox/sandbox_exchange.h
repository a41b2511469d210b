/* sandbox_exchange.h - one request to the Digipost API while it is being answered: what is known of
 * it so far, and how an answer or a refusal is written. */
#pragma once

#include "engine/base/buf.h"
#include "engine/http/response.h"
#include "engine/sandbox/sandbox_layout.h"
#include "engine/sandbox/sandbox_world.h"

#include <libxml/tree.h>

#define SANDBOX_EXCHANGE_XML "application/vnd.digipost-v8+xml"
#define SANDBOX_EXCHANGE_MULTIPART "multipart/vnd.digipost-v8+xml"

struct sandbox_exchange {
    struct sandbox_world *world;
    struct arena *arena; /* the request's */
    struct request *request;
    struct response *response;
    const struct sandbox_broker *broker; /* who signed it; NULL until that is known */
    const char *relation;                /* which row of the route table; NULL: none */
    struct sandbox_layout_values in_path;
    enum sandbox_fault fault;
    const char *code; /* of the refusal; NULL: not refused */
};

/* Answers with an <error>; false, so that a check ends in `return sandbox_exchange_refuse(...)`.
 * The error-type is the code's (Digipost API, 9). */
bool sandbox_exchange_refuse(struct sandbox_exchange *exchange, int status, const char *code,
                             const char *format, ...) PRINTF_LIKE(4, 5);

/* The same with an error-type of one's own; NULL: the element is left out, as in 2019. */
bool sandbox_exchange_error(struct sandbox_exchange *exchange, int status, const char *code,
                            const char *type, const char *message);

/* SERVER_ERROR, when our own disk fails. */
bool sandbox_exchange_broken(struct sandbox_exchange *exchange, const struct error *err);

/* True when the sender is the broker itself or has granted it. */
bool sandbox_exchange_is_granted(const struct sandbox_broker *broker, int64_t sender_id);

/* The same for the exchange's broker; else it is refused with UNKNOWN_SENDER or
 * BROKER_NOT_AUTHORIZED. */
bool sandbox_exchange_may_act_for(struct sandbox_exchange *exchange, int64_t sender_id);

/* The sender named in a body: <sender-id>, <sender-organization> or nobody, which is the broker. 0:
 * an organisation nobody knows. */
int64_t sandbox_exchange_sender(const struct sandbox_exchange *exchange, const xmlNode *parent);

/* The request's body as XML of that root, against the schema: ILLEGAL_CONTENT_TYPE or
 * SCHEMA_VALIDATION_ERROR otherwise. *limit: what is over a data type's limit, "" if nothing. */
bool sandbox_exchange_read_xml(struct sandbox_exchange *exchange, const char *root, xmlDoc **out,
                               char **limit);

/* The text of a child element, NULL when there is none. */
char *sandbox_exchange_child_text(struct arena *arena, const xmlNode *parent, const char *name);

/* Writing an answer: the declaration and the start tag of the root without its end, so that
 * attributes can follow; text and attributes escaped; a link by relation. */
void sandbox_exchange_begin(struct sandbox_exchange *exchange, struct buf *xml, const char *root);
void sandbox_exchange_escape(struct buf *xml, const char *text);
void sandbox_exchange_element(struct buf *xml, const char *name, const char *text);
void sandbox_exchange_attribute(struct buf *xml, const char *name, const char *text);
void sandbox_exchange_link(struct sandbox_exchange *exchange, struct buf *xml, const char *relation,
                           const char *pattern, const struct sandbox_layout_values *values,
                           const char *media_type);
bool sandbox_exchange_answer(struct sandbox_exchange *exchange, int status, struct buf *xml);

/* "2026-03-02T10:15:30.123+01:00" */
char *sandbox_exchange_time(struct arena *arena, int64_t at_ms);

/* The digest of a document as the API writes it: Base64. */
char *sandbox_exchange_hash(struct arena *arena, const char *sha256_hex);
