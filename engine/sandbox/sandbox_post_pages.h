/* sandbox_post_pages.h - letters of Digital post on the mailbox's pages, for Digipost and for
 * e-Boks: in the inbox, and each on its own with documents, link button and the notices that would
 * be sent. A letter whose sender asks for an opening receipt is opened by a button that says so. */
#pragma once

#include "engine/http/response.h"
#include "engine/sandbox/sandbox_world.h"
#include "render/html.h"

/* The list in the inbox, newest first, with what is delivered but not to be seen yet; none: what to
 * say when nothing has come. */
void sandbox_post_pages_list(struct html *html, const struct sandbox_world *world,
                             const struct sandbox_person *person, const char *none);

/* What the mailboxes have refused, newest first: for who tries a sender out. Nothing when there is
 * nothing. */
void sandbox_post_pages_refused(struct html *html, const struct sandbox_world *world);

/* Handlers: /postkasse/:person/post/:number, .../apne and .../dokument/:document. */
void sandbox_post_pages_letter(void *context, struct request *request, struct response *response);
void sandbox_post_pages_open(void *context, struct request *request, struct response *response);
void sandbox_post_pages_document(void *context, struct request *request, struct response *response);
