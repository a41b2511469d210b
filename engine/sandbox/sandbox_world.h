/* sandbox_world.h - what the sandbox's API, pages and controls share while it runs. */
#pragma once

#include "engine/base/crypto.h"
#include "engine/sandbox/sandbox.h"
#include "engine/sandbox/sandbox_authority.h"
#include "engine/sandbox/sandbox_idporten.h"
#include "engine/sandbox/sandbox_login.h"
#include "engine/sandbox/sandbox_mail.h"
#include "engine/sandbox/sandbox_post.h"
#include "engine/sandbox/sandbox_registers.h"
#include "engine/sandbox/sandbox_schema.h"
#include "engine/sandbox/sandbox_schemas.h"

#include <pthread.h>
#include <stdatomic.h>

#define SANDBOX_WORLD_DPI_PATH "/dpi"           /* at the API's server */
#define SANDBOX_WORLD_KEY_FILE "server.key.pem" /* signs answers */

enum { SANDBOX_WORLD_TOKENS = 64, SANDBOX_WORLD_TOKEN_MS = 30000 };

/* A one-time address for a document's bytes, as digipostdata.no gives them: good for one use within
 * 30 seconds. */
struct sandbox_token {
    char text[44];
    int64_t document; /* its number; 0: free */
    int64_t until_ms; /* by clock_monotonic_ms */
};

struct sandbox_fault_left {
    int count;
    const char *on; /* relation; NULL: any */
};

struct sandbox_world {
    pthread_mutex_t lock;   /* held while anything below is looked at or changed, but for the
                             * texts and brokers, which stay as they are */
    atomic_bool is_closing; /* not under the lock: whoever waits gives up */
    struct arena *arena;
    struct sandbox_ledger *ledger;
    struct sandbox_mail *mail;
    struct sandbox_post *post;
    size_t settled; /* messages of it, from the first, that need not be looked at again */
    struct sandbox_schema *schema;
    struct sandbox_schemas *schemas;
    struct sandbox_authority *authority;
    struct crypto_key *key;      /* signs answers */
    const char *certificate_pem; /* of that key */
    struct sandbox_broker *brokers;
    struct crypto_key **broker_certificates; /* one for each broker */
    size_t broker_count;
    uint64_t path_seed;
    size_t max_file_bytes;
    const char *api_url, *mailbox_url, *dpi_url;
    struct sandbox_register_mode registers[SANDBOX_REGISTERS];
    struct sandbox_login login;
    struct sandbox_idporten idporten;
    int64_t delay_ms; /* of letters, from corner 2 to the mailbox */
    struct sandbox_fault_left faults[SANDBOX_FAULT_COUNT];
    int mix_percent;   /* of requests have one of all faults, by chance; 0: none */
    uint64_t mix_seed; /* the chance */
    bool takes_twice;  /* a message that is there is taken once more, as if it were new */
    struct sandbox_token tokens[SANDBOX_WORLD_TOKENS];
    size_t next_token;
};

/* The fault that the next request for the relation has, or the next letter; one less is left then.
 */
enum sandbox_fault sandbox_world_take_fault(struct sandbox_world *world, const char *relation);
enum sandbox_fault sandbox_world_take_letter_fault(struct sandbox_world *world);

/* Waits so long, or until the sandbox is closed; not under the lock. */
void sandbox_world_pause(struct sandbox_world *world, int ms);

/* From now on so many of a hundred requests have a fault, each as likely as the others, but that
 * slow and hang are a lost answer here, and so is not-found where a message is taken twice: nobody
 * can send only once to somebody who neither knows nor says what has come. And so many letters have
 * one of those faults after which they are still delivered. The same seed, the same faults. 0: no
 * more. */
void sandbox_world_mix_faults(struct sandbox_world *world, int percent, uint64_t seed);

/* A new one-time address at the mailbox's server for a document. */
char *sandbox_world_view_url(struct sandbox_world *world, struct arena *arena, int64_t document);

/* The document's number for a token, which is used up; 0 when it is not good. */
int64_t sandbox_world_use_token(struct sandbox_world *world, const char *token);

/* The folder's key and certificate for the server's answers; a new pair in their place, or when
 * there is none. */
CHECKED bool sandbox_world_read_key(struct sandbox_world *world, struct error *err);
CHECKED bool sandbox_world_new_key(struct sandbox_world *world, struct error *err);

/* As the functions of sandbox.h that are named like them; the caller holds the lock. */
void sandbox_world_set_fault(struct sandbox_world *world, enum sandbox_fault fault, const char *on,
                             int count);
void sandbox_world_letters(struct sandbox_world *world, struct arena *arena, const char *person_key,
                           struct sandbox_letter **out, size_t *count);
CHECKED bool sandbox_world_share(struct sandbox_world *world, const char *request_uuid,
                                 const char *const *document_uuids, size_t count,
                                 struct error *err);
CHECKED bool sandbox_world_withdraw(struct sandbox_world *world, const char *request_uuid,
                                    struct error *err);
CHECKED bool sandbox_world_open_letter(struct sandbox_world *world, const char *uuid,
                                       struct error *err);

/* "application/pdf" for "pdf"; "application/octet-stream" for what is not known. */
const char *sandbox_world_media_type(const char *file_type);
