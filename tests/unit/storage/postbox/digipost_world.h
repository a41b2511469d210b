/* digipost_world.h - a postman with entry points, and a client of it, for each test of the client.
 */
#pragma once

#include "storage/postbox/digipost.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/crypto.h"
#include "engine/base/text.h"
#include "tests/shared.h"
#include "tests/unit/storage/postbox/postman.h"

#include <string.h>

#define V8 " xmlns='http://api.digipost.no/schema/v8'"

enum { NOW = 1772442930 }; /* 2026-03-02T09:15:30Z: what the clock is set to */

struct world {
    struct arena *arena;
    struct postman *postman;
    struct bytes broker_key;
    struct digipost *digipost;
};

static inline char *replace(struct arena *arena, const char *text, const char *old, const char *new)
{
    struct buf out;
    buf_init(&out, arena);
    for (const char *at = text; *at;) {
        bool here = text_starts_with(at, old);
        if (here)
            buf_add_text(&out, new);
        else
            buf_add_byte(&out, (unsigned char)*at);
        at += here ? strlen(old) : 1;
    }
    return buf_text(&out);
}

/* ---- what Digipost would say ---- */

static inline const char *link_to(struct world *world, const char *relation, const char *path)
{
    return arena_printf(world->arena, "<link rel='%s/relations/%s' uri='%s%s'/>",
                        postman_url(world->postman), relation, postman_url(world->postman), path);
}

static inline const char *entry_point(struct world *world)
{
    return arena_printf(world->arena,
                        "<entrypoint" V8 "><certificate>%s</certificate>%s%s%s%s%s"
                        "</entrypoint>",
                        postman_certificate(world->postman),
                        link_to(world, "create_message", "/messages"),
                        link_to(world, "identify_recipient", "/identification"),
                        link_to(world, "document_events", "/documents/events"),
                        link_to(world, "document_status", "/1000077/documents/status/"),
                        link_to(world, "get_share_documents_request_state", "/1000077/shares/"));
}

static inline void says(struct world *world, const char *target, int status, const char *body)
{
    postman_says(world->postman,
                 (struct postman_answer){.target = target, .status = status, .body = body});
}

static inline void says_entry_points(struct world *world)
{
    says(world, "GET /", 200, entry_point(world));
    says(world, "GET /1000077", 200, entry_point(world));
}

static inline const char *refusal(struct world *world, const char *code, const char *type)
{
    return arena_printf(world->arena,
                        "<error" V8 "><error-code>%s</error-code><error-message>x"
                        "</error-message><error-type>%s</error-type></error>",
                        code, type);
}

/* ---- a client of it ---- */

static inline struct digipost_settings settings(struct world *world)
{
    return (struct digipost_settings){
        .base_url = postman_url(world->postman),
        .allow_private = true,
        .broker_id = 1000042,
        .sender_id = 1000077,
        .private_key_pem = world->broker_key,
        .trust_entry_point = true,
        .rest_ms = 1,
        .timeout_ms = 10000,
    };
}

static inline void reopen(struct world *world, struct digipost_settings changed)
{
    digipost_close(&world->digipost);
    assert_true(digipost_open(&changed, &world->digipost, NULL));
}

static inline int open_world(void **state)
{
    static struct world world;
    struct bytes certificate;
    world = (struct world){.arena = arena_open(), .postman = postman_open()};
    crypto_make_certificate(world.arena, "TEST ONLY broker", &world.broker_key, &certificate);
    *state = &world;
    return 0;
}

static inline int close_world(void **state)
{
    struct world *world = *state;
    postman_close(&world->postman);
    arena_close(&world->arena);
    return 0;
}

static inline int open_client(void **state)
{
    struct world *world = *state;
    clock_set(NOW);
    postman_forget(world->postman);
    reopen(world, settings(world));
    return 0;
}

static inline int close_client(void **state)
{
    struct world *world = *state;
    digipost_close(&world->digipost);
    return 0;
}
