/* failure.h - the page for what went wrong: says what happened, whether anything was lost, and what
 * to do. Each is logged with the id that the page shows, and those that are ours with what went
 * wrong. */
#pragma once

#include "engine/visitor.h"
#include "render/site.h"

/* A page's work with a connection; what fails in it becomes the page for that failure. */
typedef bool failure_work(struct visitor *visitor, struct db *db, struct request *request,
                          struct response *response, struct error *err);
void failure_or(failure_work *work, struct request *request, struct response *response);

/* The same for work that begins with something of its caller's. */
typedef bool failure_work_on(void *what, struct visitor *visitor, struct db *db,
                             struct request *request, struct response *response, struct error *err);
void failure_or_on(failure_work_on *work, void *what, struct request *request,
                   struct response *response);

/* For a failure that a handler stops passing on. */
void failure_page(const struct visitor *visitor, const struct request *request,
                  struct response *response, const struct error *err);

/* For a certain kind, with login, again and draft_saved_at as they apply; the id is added,
 * and again when it is not said and the request's address has a page. */
void failure_say(const struct visitor *visitor, const struct request *request,
                 struct response *response, struct site_trouble trouble);

/* For struct router: 400, 404, 405, 413, 503. */
void failure_refuse(void *app, int status, struct request *request, struct response *response);
