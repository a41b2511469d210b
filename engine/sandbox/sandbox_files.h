/* sandbox_files.h - the mailbox's documents as bytes, and its stylesheets. Handlers for the routes
 * of sandbox_mailbox.c; context is the struct sandbox_world. */
#pragma once

#include "engine/http/response.h"

/* GET /postkasse/:person/dokument/:number: shown in the browser; it counts as opened. */
void sandbox_files_document(void *context, struct request *request, struct response *response);

/* GET /data/:token: a document by its one-time address. */
void sandbox_files_data(void *context, struct request *request, struct response *response);

/* GET /sandkasse.css and /statisk/:file */
void sandbox_files_style(void *context, struct request *request, struct response *response);
void sandbox_files_static(void *context, struct request *request, struct response *response);

/* A document's bytes: shown by the browser when it can, else given to keep. */
void sandbox_files_answer(struct response *response, const char *type, struct bytes content);
