/* body.h - the forms that browsers send: what has come of one, and those that come urlencoded.
 * Those that come as multipart/form-data are read by multipart.h. */
#pragma once

#include "engine/http/request.h"

/* Sets fields from request->body when it is a urlencoded form; other bodies are left alone. Returns
 * 0, or the status to refuse with: 413 past a limit of request.h, else 400: not well-formed, a
 * field that is not UTF-8 or holds a control character other than tab, CR and LF, a name both in
 * query and body (S-HTTP-4, S-HTTP-7). Rule: URL standard 5.1. */
CHECKED int body_read_form(struct request *request);

/* ---- for multipart.c ---- */

/* What has come so far. */
struct body_form {
    struct request *request;
    struct request_pairs fields; /* room for REQUEST_MAX_FIELDS */
    struct request_file *files;
    size_t file_count, file_capacity;
    const char *first; /* name of the first part */
};
void body_begin(struct body_form *form, struct request *request);

/* 0, or the status to refuse with. The texts of a file are the caller's. */
CHECKED int body_add_field(struct body_form *form, struct bytes name, struct bytes value);
CHECKED int body_check_name(const struct body_form *form, struct bytes name);
void body_add_file(struct body_form *form, const struct request_file *file);
bool body_is_text(struct bytes bytes);

/* All has come: the request has it from now on. 400: a name is in the query too. */
CHECKED int body_finish(struct body_form *form);
