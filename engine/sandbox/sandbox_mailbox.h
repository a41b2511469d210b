/* sandbox_mailbox.h - the server beside the API: the citizens' mailbox pages, one-time addresses of
 * documents, and the control interface. */
#pragma once

#include "engine/http/response.h"

/* For struct server_settings, with the struct sandbox_world as context. */
void sandbox_mailbox_handle(void *world, struct request *request, struct response *response);
