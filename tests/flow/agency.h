/* agency.h - another agency's machine: its token from the sandbox's Maskinporten, and what it asks
 * the API. It knows HTTP and JSON and nothing of the program. */
#pragma once

#include "tests/flow/scene.h"

#include <jansson.h>

struct agency {
    struct scene *scene;
    struct arena *arena;
    const char *token;
    struct browser *client; /* its last answer */
};

/* fields: of /control/machine-token, "organisation=974761076&scope=..." */
void agency_open(struct agency *agency, struct scene *scene, struct arena *arena,
                 const char *fields);
void agency_close(struct agency *agency);

/* Asks, and gives the status. body NULL: none; header: one more, or NULL. */
int agency_send(struct agency *agency, const char *method, const char *path, const char *header,
                const char *body);

/* The last answer as JSON, the caller's; and a text of it by its path: "evidence.sha256", "" when
 * there is none. */
json_t *agency_json(const struct agency *agency);
const char *agency_text(const struct agency *agency, const char *path);

/* Whether everything that was sent and answered in this scene is as the API's description says: by
 * others' code (tests/openapi/check.mjs). Fails the test when not. */
void agency_check_answers(struct scene *scene);

/* A question for that kind of document about that person, with that key; gives the status. */
int agency_ask(struct agency *agency, const char *pid, const char *type, const char *key);
