/* sandbox_idporten_sso.h - who is logged in at the stand-in for ID-porten: one session a browser,
 * known by a cookie, for 30 minutes after the last authorization request and 120 in all. */
#pragma once

#include "engine/sandbox/sandbox_world.h"

/* The one that the request's cookie names and that lives; NULL: none. */
struct sandbox_idporten_session *sandbox_idporten_sso_find(struct sandbox_world *world,
                                                           const struct request *request);

/* A new one in place of the browser's, with its cookie; and one's end, with the cookie's. */
struct sandbox_idporten_session *sandbox_idporten_sso_start(struct sandbox_world *world,
                                                            struct request *request,
                                                            struct response *response,
                                                            const char *pid);
void sandbox_idporten_sso_end(struct sandbox_idporten_session *session, struct response *response);

/* Whether it may answer the request without asking the person again: level, prompt, max_age. */
bool sandbox_idporten_sso_suffices(const struct sandbox_idporten_session *session,
                                   const struct sandbox_idporten_asked *asked);

/* That service is told when the session ends. */
void sandbox_idporten_sso_join(struct sandbox_idporten_session *session,
                               const struct sandbox_idporten_client *client, const char *site);
