/* sandbox_idporten_choose.h - who one is and how sure that is, chosen at the stand-in for
 * ID-porten: one of the test people, or any synthetic number typed by hand. */
#pragma once

#include "engine/http/response.h"

void sandbox_idporten_show(void *context, struct request *request, struct response *response);
void sandbox_idporten_choose(void *context, struct request *request, struct response *response);
void sandbox_idporten_cancel(void *context, struct request *request, struct response *response);
