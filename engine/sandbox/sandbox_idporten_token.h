/* sandbox_idporten_token.h - a code becomes an id_token and an access token at the stand-in for
 * ID-porten (RFC 6749 4.1.3, OpenID Connect Core 3.1.3), and what the latter is good for. */
#pragma once

#include "engine/http/response.h"

void sandbox_idporten_token(void *context, struct request *request, struct response *response);
void sandbox_idporten_userinfo(void *context, struct request *request, struct response *response);
