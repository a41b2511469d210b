/* body.h - reads the bodies that browsers send for forms: urlencoded and multipart/form-data. */
#pragma once

#include "engine/http/request.h"

/* Sets fields and files from request->body, when its content type is one of the two; other bodies
 * are left alone. Returns 0, or the status to refuse with: 413 past a limit of request.h, else 400:
 * not well-formed, a field that is not UTF-8 or holds a control character other than tab, CR and
 * LF, a name both in query and body (S-HTTP-4, S-HTTP-7). Rules: URL standard 5.1; RFC 7578, RFC
 * 2046 5.1.1, read strictly: CRLF only, no preamble, no nested parts, no part headers but those
 * that browsers send. */
CHECKED int body_read_form(struct request *request);
