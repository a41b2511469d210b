/* applicant.h - Kari, logged in at a site that offers the examples, with a database of its own: for
 * tests of what happens when something is sent. */
#pragma once

#include "engine/open_draft.h"
#include "engine/visitor.h"
#include "store.h"

struct applicant {
    struct store *store;
    struct config config;
    struct app app;
    struct visitor visitor;
};

/* For cmocka's setup and teardown, inside a larger struct too: sets up the store as well, and the
 * clock to APPLICATION_NOW. */
void applicant_open(struct applicant *applicant);
int applicant_close(struct applicant *applicant);

/* A new draft of tests/application.h, filled in; its id. */
const char *applicant_draft(struct applicant *applicant);

/* Adds a small PDF, or with ATTACHMENT_LATER the promise of one, to that draft's upload. */
struct attachment applicant_attach(struct applicant *applicant, struct open_draft *draft,
                                   const char *upload_path, enum attachment_source source);
