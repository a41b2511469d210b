/* evidence.h - other agencies' requests for documents about the citizen, for pages and letters. */
#pragma once

#include "engine/pages/tasks.h"
#include "render/evidence.h"

/* "/min-side/foresporsler/<id>" */
char *evidence_address(struct arena *arena, const char *request_id);

/* What the button beside the letter says. Static. */
const char *evidence_button(const char *language);

/* Those that wait for an answer, on top of Min side. */
CHECKED bool evidence_tasks(struct tasks *tasks, struct error *err);

/* All of the citizen's, newest first, for the page of consents. */
CHECKED bool evidence_list(struct visitor *visitor, struct db *db, struct arena *arena,
                           struct evidence_item **out, size_t *count, struct error *err);

/* What was issued to the citizen, newest first, for the page of documents. */
CHECKED bool evidence_certificates(struct visitor *visitor, struct db *db, struct arena *arena,
                                   struct evidence_document **out, size_t *count,
                                   struct error *err);
