/* sandbox_idporten_logout.h - logout at the stand-in for ID-porten (OpenID Connect RP-Initiated
 * Logout 1.0, Front-Channel Logout 1.0): the session ends, every service that used it is told in a
 * frame, and the browser goes back to the one that asked. */
#pragma once

#include "engine/http/response.h"

void sandbox_idporten_end_session(void *context, struct request *request,
                                  struct response *response);
void sandbox_idporten_post_end_session(void *context, struct request *request,
                                       struct response *response);
