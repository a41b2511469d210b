#include "engine/base/codec.h"

#include "engine/base/buf.h"

#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

char *codec_hex(struct arena *arena, struct bytes bytes)
{
    char *text = arena_alloc_array(arena, bytes.size + 1, 2);
    for (size_t i = 0; i < bytes.size; i++) {
        text[2 * i] = hex_digits[bytes.data[i] >> 4];
        text[2 * i + 1] = hex_digits[bytes.data[i] & 15];
    }
    return text;
}

static int hex_value(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool codec_unhex(struct arena *arena, const char *text, struct bytes *out)
{
    size_t length = strlen(text);
    if (length % 2)
        return false;
    unsigned char *data = arena_alloc(arena, length / 2 + 1);
    for (size_t i = 0; i < length / 2; i++) {
        int high = hex_value((unsigned char)text[2 * i]);
        int low = hex_value((unsigned char)text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        data[i] = (unsigned char)(high << 4 | low);
    }
    *out = (struct bytes){data, length / 2};
    return true;
}

static const char plain_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static char *encode64(struct arena *arena, struct bytes in, const char *alphabet, bool padded)
{
    char *text = arena_alloc_array(arena, in.size / 3 + 2, 4), *end = text;
    for (size_t i = 0; i < in.size; i += 3) {
        size_t left = in.size - i;
        uint32_t group = (uint32_t)in.data[i] << 16;
        if (left > 1)
            group |= (uint32_t)in.data[i + 1] << 8;
        if (left > 2)
            group |= in.data[i + 2];
        *end++ = alphabet[group >> 18 & 63];
        *end++ = alphabet[group >> 12 & 63];
        if (left > 1)
            *end++ = alphabet[group >> 6 & 63];
        else if (padded)
            *end++ = '=';
        if (left > 2)
            *end++ = alphabet[group & 63];
        else if (padded)
            *end++ = '=';
    }
    return text;
}

static bool decode64(struct arena *arena, const char *text, size_t length, const char *alphabet,
                     struct bytes *out)
{
    if (length % 4 == 1)
        return false;
    unsigned char *data = arena_alloc(arena, length / 4 * 3 + 3);
    size_t size = 0;
    uint32_t group = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < length; i++) {
        const char *found = text[i] ? strchr(alphabet, text[i]) : NULL;
        if (!found)
            return false;
        group = group << 6 | (uint32_t)(found - alphabet);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            data[size++] = (unsigned char)(group >> bits);
            group &= (1u << bits) - 1;
        }
    }
    if (group) /* a tail that no encoder writes */
        return false;
    *out = (struct bytes){data, size};
    return true;
}

char *codec_base64(struct arena *arena, struct bytes bytes)
{
    return encode64(arena, bytes, plain_alphabet, true);
}

bool codec_unbase64(struct arena *arena, const char *text, struct bytes *out)
{
    size_t length = strlen(text);
    if (length % 4)
        return false;
    for (int i = 0; i < 2 && length && text[length - 1] == '='; i++)
        length--;
    return decode64(arena, text, length, plain_alphabet, out);
}

char *codec_base64url(struct arena *arena, struct bytes bytes)
{
    return encode64(arena, bytes, url_alphabet, false);
}

bool codec_unbase64url(struct arena *arena, const char *text, struct bytes *out)
{
    return decode64(arena, text, strlen(text), url_alphabet, out);
}

char *codec_percent(struct arena *arena, const char *text)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || strchr("-._~", c);
        if (unreserved)
            buf_add_byte(&buf, c);
        else
            buf_printf(&buf, "%%%02X", c);
    }
    return buf_text(&buf);
}

bool codec_unpercent(struct arena *arena, struct bytes text, bool form, struct bytes *out)
{
    unsigned char *data = arena_alloc(arena, text.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = text.data[i];
        if (c == '%') {
            int high = i + 2 < text.size ? hex_value(text.data[i + 1]) : -1;
            int low = i + 2 < text.size ? hex_value(text.data[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (unsigned char)(high << 4 | low);
            i += 2;
        } else if (form && c == '+') {
            c = ' ';
        }
        data[size++] = c;
    }
    *out = (struct bytes){data, size};
    return true;
}
