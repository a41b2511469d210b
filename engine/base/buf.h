/* buf.h - text or bytes that grow at the end, in an arena. */
#pragma once

#include "engine/base/arena.h"

#include <string.h>

/* buf_init({0}) first; the bytes are the arena's, so there is nothing to finish. Growing leaves
 * the old copy in the arena: at most as much again as the final text. */
struct buf {
    struct arena *arena;
    unsigned char *data;
    size_t size, capacity;
};

void buf_init(struct buf *buf, struct arena *arena);

void buf_grow(struct buf *buf, size_t size); /* for buf_reserve */

/* Room for size more bytes, so that a known amount grows it only once. There is always room for a
 * NUL more. */
static inline void buf_reserve(struct buf *buf, size_t size)
{
    if (size >= buf->capacity - buf->size)
        buf_grow(buf, size);
}

/* Here, since a page is made of thousands of them. */
static inline void buf_add(struct buf *buf, struct bytes bytes)
{
    if (!bytes.size)
        return;
    buf_reserve(buf, bytes.size);
    memcpy(buf->data + buf->size, bytes.data, bytes.size);
    buf->size += bytes.size;
}

static inline void buf_add_text(struct buf *buf, const char *text)
{
    buf_add(buf, BYTES_OF(text));
}

static inline void buf_add_byte(struct buf *buf, unsigned char byte)
{
    buf_reserve(buf, 1);
    buf->data[buf->size++] = byte;
}

void buf_add_number(struct buf *buf,
                    uint64_t number); /* its digits: what printf takes 20 times longer for */
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

/* Adds the code point as UTF-8; what is not a Unicode scalar value becomes U+FFFD. */
void buf_add_utf8(struct buf *buf, uint32_t code_point);

/* What is in it now: valid until the next add. As text it is NUL-terminated. */
struct bytes buf_bytes(const struct buf *buf);
char *buf_text(struct buf *buf);
