/* buf.h - text or bytes that grow at the end, in an arena. */
#pragma once

#include "engine/base/arena.h"

/* buf_init({0}) first; the bytes are the arena's, so there is nothing to finish. Growing leaves
 * the old copy in the arena: at most as much again as the final text. */
struct buf {
    struct arena *arena;
    unsigned char *data;
    size_t size, capacity;
};

void buf_init(struct buf *buf, struct arena *arena);
void buf_add(struct buf *buf, struct bytes bytes);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_byte(struct buf *buf, unsigned char byte);
void buf_add_number(struct buf *buf,
                    uint64_t number); /* its digits: what printf takes 20 times longer for */
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

/* Adds the code point as UTF-8; what is not a Unicode scalar value becomes U+FFFD. */
void buf_add_utf8(struct buf *buf, uint32_t code_point);

/* Room for size more bytes, so that a known amount grows it only once. */
void buf_reserve(struct buf *buf, size_t size);

/* What is in it now: valid until the next add. As text it is NUL-terminated. */
struct bytes buf_bytes(const struct buf *buf);
char *buf_text(struct buf *buf);
