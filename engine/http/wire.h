/* wire.h - whether the head of a request was written plainly, seen from where its pieces lie.
 *
 * libmicrohttpd 0.9.75 ends a line at a bare CR or LF, joins folded lines, cuts the target at a NUL
 * and skips lines without a name, and tells nobody: what a proxy in front read may then be another
 * request (security.md S-HTTP-1, reliability.md R-53). But it hands out pointers into the one
 * buffer that it read into, with the line ends overwritten by NULs. So each piece must begin
 * exactly where the one before it ends: "GET", space, target, space, version, CRLF, name, colon,
 * blanks, value, CRLF, ... */
#pragma once

#include "engine/base/base.h"

struct wire {
    const char *next; /* where the next piece must begin */
    bool is_plain;    /* so far */
};

/* The request line; target_size is that of the whole target, which the library has since cut. */
void wire_begin(struct wire *wire, const char *method, const char *target, size_t target_size,
                const char *version);

/* The next header, as the library handed it out. */
void wire_header(struct wire *wire, const char *name, size_t name_size, const char *value,
                 size_t value_size);

/* The end: size is that of the whole head, from the method to after the empty line. */
bool wire_end(struct wire *wire, const char *method, size_t size);
