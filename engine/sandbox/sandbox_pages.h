/* sandbox_pages.h - Postkassen: the mailbox as its owner sees it, plainly another site than the
 * municipality's. Handlers for the routes of sandbox_mailbox.c; context is the struct
 * sandbox_world. */
#pragma once

#include "engine/http/response.h"

/* GET / and /postkasse/:person and /postkasse/:person/brev/:number */
void sandbox_pages_people(void *context, struct request *request, struct response *response);
void sandbox_pages_inbox(void *context, struct request *request, struct response *response);
void sandbox_pages_letter(void *context, struct request *request, struct response *response);

/* POST under a letter that is a share request: share what is ticked (field `dokument`, repeated),
 * say no, withdraw. They end in 303 to the letter, or show it again with what was wrong. */
void sandbox_pages_share(void *context, struct request *request, struct response *response);
void sandbox_pages_refuse(void *context, struct request *request, struct response *response);
void sandbox_pages_withdraw(void *context, struct request *request, struct response *response);

/* "There is no such page", or another trouble. */
void sandbox_pages_trouble(void *context, int status, struct request *request,
                           struct response *response);
