/* asker.h - a sandbox in a folder of its own, and requests to its Digipost API that are right
 * unless told otherwise: signed by code of the tests', with any part of them changed. */
#pragma once

#include "engine/base/crypto.h"
#include "engine/base/fetch.h"
#include "engine/sandbox/sandbox.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

enum { ASKER_BROKER = 1000042, ASKER_SENDER = 1000077, ASKER_OTHER_SENDER = 1000061 };

/* Brokers refused whatever they ask, one for each reason. */
enum {
    ASKER_DEACTIVATED = 1000051,
    ASKER_NOT_APPROVED = 1000052,
    ASKER_WITHOUT_CERTIFICATE = 1000053,
    ASKER_REVOKED = 1000054
};

#define ASKER_INGRID "02878520281"
#define ASKER_KARI "09879011261" /* no account */
#define ASKER_MULTIPART "multipart/vnd.digipost-v8+xml; boundary=grense"
#define ASKER_XML "application/vnd.digipost-v8+xml"

struct asker {
    struct arena *arena;
    char *folder;
    struct sandbox *sandbox;
    struct crypto_key *key; /* the broker's */
};

/* Plain paths, no seeded documents unless seeded; the schema files are used when they are here. */
void asker_open(struct asker *asker, bool seeded);
void asker_start(struct asker *asker, bool seeded); /* again, on the same folder */
void asker_stop(struct asker *asker);
void asker_close(struct asker *asker);

/* What is asked. NULL and 0: as it should be; "-": the header is left out. */
struct asker_request {
    const char *method; /* GET, or POST when there is a body */
    const char *path;   /* with query, as sent */
    const char *content_type;
    struct bytes body;
    const char *user, *date, *hash, *signature;
    const char *signed_path; /* signed over this instead */
};
struct fetch_answer asker_ask(struct asker *asker, const struct asker_request *request);

/* False when nothing was answered. */
CHECKED bool asker_try(struct asker *asker, const struct asker_request *request,
                       struct fetch_answer *out);

/* True when the answer has Date, hash and a signature that the certificate (NULL: the server's as
 * it is in the folder) verifies over its status and the path. */
bool asker_is_signed(struct asker *asker, const char *path, const struct fetch_answer *answer,
                     const struct crypto_key *certificate);
struct crypto_key *asker_server_certificate(struct asker *asker);

/* The text of the first such element of the answer's XML, "" when there is none. */
const char *asker_element(struct asker *asker, const struct fetch_answer *answer, const char *name);

/* The address of a relation in the answer, as a path. Fails the test when it is not there. */
const char *asker_link(struct asker *asker, const struct fetch_answer *answer,
                       const char *relation);

/* Bodies in the client's own way: one message with a primary document and an attachment, both the
 * same small PDF; a share request. */
#define ASKER_PDF "%PDF-1.4 a letter %%EOF\n"
struct bytes asker_letter(struct asker *asker, const char *message_id, const char *uuid,
                          const char *attachment_uuid);
struct bytes asker_share_request(struct asker *asker, const char *message_id, const char *uuid,
                                 const char *allowed_origin, int seconds);

/* Sends it and expects 201. */
void asker_send(struct asker *asker, struct bytes body);
