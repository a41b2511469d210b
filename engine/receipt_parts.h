/* receipt_parts.h - what a PDF of ours is made of, part by part with the digest of each, so that a
 * change can be told by the part it is in ("page 2", "soknad.xml") and not only that there is one.
 * The list is put into the update that signs the file (receipt_signature.h), so it is signed too.
 *
 * As text, a line each, without gaps from the first byte to the last:
 *   skjema parts
 *   0 15 <SHA-256, hex> header
 *   15 310 <SHA-256, hex> catalog
 *   ...
 *   <SHA-256, hex, of all the lines above> */
#pragma once

#include "engine/base/buf.h"
#include "engine/base/crypto.h"

enum { RECEIPT_PARTS_MAX = 2000 };

struct receipt_part {
    size_t at, size;
    struct crypto_sha256 sha256;
    const char *name;
};

/* The parts of a finished PDF as render/pdf.h writes it; objects of one kind that follow one
 * another are one part. ERROR_INVALID: it is no such PDF. */
CHECKED bool receipt_parts_list(struct arena *arena, struct bytes pdf, struct receipt_part **out,
                                size_t *count, struct error *err);

const char *receipt_parts_write(struct arena *arena, const struct receipt_part *parts,
                                size_t count);

/* The last such list in a file. False: there is none, or it is not as it was written. Names are as
 * they stand there, in printable ASCII. */
CHECKED bool receipt_parts_read(struct arena *arena, struct bytes pdf, struct receipt_part **out,
                                size_t *count);
