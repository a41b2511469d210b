#include "engine/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *buf, struct arena *arena)
{
    *buf = (struct buf){.arena = arena};
}

void buf_grow(struct buf *buf, size_t size)
{
    size_t wanted;
    if (__builtin_add_overflow(buf->size, size, &wanted) ||
        __builtin_add_overflow(wanted, (size_t)1, &wanted)) /* the NUL */
        abort();
    size_t capacity = buf->capacity ? buf->capacity : 256;
    while (capacity < wanted)
        capacity = capacity > SIZE_MAX / 2 ? wanted : capacity * 2;
    unsigned char *grown = arena_alloc(buf->arena, capacity);
    if (buf->size)
        memcpy(grown, buf->data, buf->size);
    buf->data = grown;
    buf->capacity = capacity;
}

void buf_add_number(struct buf *buf, uint64_t number)
{
    unsigned char digits[20], *at = digits + sizeof digits;
    do {
        *--at = (unsigned char)('0' + number % 10);
        number /= 10;
    } while (number);
    buf_add(buf, (struct bytes){at, (size_t)(digits + sizeof digits - at)});
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    enum { USUAL = 64 };
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    buf_reserve(buf, USUAL);
    size_t room = buf->capacity - buf->size;
    int length = vsnprintf((char *)buf->data + buf->size, room, format, arguments);
    va_end(arguments);
    if (length < 0)
        abort();
    if ((size_t)length >= room) {
        buf_reserve(buf, (size_t)length);
        vsnprintf((char *)buf->data + buf->size, (size_t)length + 1, format, again);
    }
    va_end(again);
    buf->size += (size_t)length;
}

void buf_add_utf8(struct buf *buf, uint32_t c)
{
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        c = 0xFFFD;
    if (c < 0x80) {
        buf_add_byte(buf, (unsigned char)c);
        return;
    }
    if (c < 0x800) {
        buf_add_byte(buf, (unsigned char)(0xC0 | c >> 6));
    } else {
        if (c < 0x10000) {
            buf_add_byte(buf, (unsigned char)(0xE0 | c >> 12));
        } else {
            buf_add_byte(buf, (unsigned char)(0xF0 | c >> 18));
            buf_add_byte(buf, (unsigned char)(0x80 | (c >> 12 & 0x3F)));
        }
        buf_add_byte(buf, (unsigned char)(0x80 | (c >> 6 & 0x3F)));
    }
    buf_add_byte(buf, (unsigned char)(0x80 | (c & 0x3F)));
}

struct bytes buf_bytes(const struct buf *buf)
{
    return (struct bytes){buf->data, buf->size};
}

char *buf_text(struct buf *buf)
{
    buf_reserve(buf, 0);
    buf->data[buf->size] = '\0';
    return (char *)buf->data;
}
