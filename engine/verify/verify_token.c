#include "engine/verify/verify_token.h"

#include <string.h>

enum { DEPTH_MAX = 32, DIGITS_MAX = 10 };

static bool is_space(unsigned char c)
{
    return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' ';
}

static bool is_delimiter(unsigned char c)
{
    return c && strchr("()<>[]{}/%", c);
}

static struct verify_token token_of(enum verify_kind kind, struct bytes all, size_t from, size_t to)
{
    return (struct verify_token){kind, {all.data + from, to - from}};
}

/* Brackets within count, unless a backslash is before them. */
static struct verify_token read_string(struct bytes all, size_t *at)
{
    size_t start = *at + 1, depth = 1, i = start;
    for (; i < all.size && depth; i++) {
        if (all.data[i] == '\\')
            i++;
        else if (all.data[i] == '(')
            depth++;
        else if (all.data[i] == ')')
            depth--;
    }
    if (depth || i > all.size)
        return (struct verify_token){VERIFY_END, {0}};
    *at = i;
    return token_of(VERIFY_STRING, all, start, i - 1);
}

static struct verify_token read_hex(struct bytes all, size_t *at)
{
    size_t start = *at + 1;
    const unsigned char *end = memchr(all.data + start, '>', all.size - start);
    if (!end)
        return (struct verify_token){VERIFY_END, {0}};
    *at = (size_t)(end - all.data) + 1;
    return token_of(VERIFY_HEX, all, start, *at - 1);
}

static struct verify_token read_word(struct bytes all, size_t *at)
{
    size_t start = *at, i = start + 1;
    while (i < all.size && !is_space(all.data[i]) && !is_delimiter(all.data[i]))
        i++;
    *at = i;
    if (all.data[start] == '/')
        return token_of(VERIFY_NAME, all, start, i);
    bool number = strchr("+-.0123456789", all.data[start]) != NULL && all.data[start];
    return token_of(number ? VERIFY_NUMBER : VERIFY_WORD, all, start, i);
}

struct verify_token verify_token_next(struct bytes all, size_t *at)
{
    size_t i = *at;
    while (i < all.size && (is_space(all.data[i]) || all.data[i] == '%'))
        if (all.data[i++] == '%')
            while (i < all.size && all.data[i] != '\n' && all.data[i] != '\r')
                i++;
    *at = i;
    if (i >= all.size)
        return (struct verify_token){VERIFY_END, {0}};
    unsigned char c = all.data[i];
    bool twice = i + 1 < all.size && all.data[i + 1] == c;
    if (c == '[' || c == ']' || ((c == '<' || c == '>') && twice)) {
        *at += c == '[' || c == ']' ? 1 : 2;
        return token_of(c == '[' || c == '<' ? VERIFY_OPEN : VERIFY_CLOSE, all, i, *at);
    }
    if (c == '(')
        return read_string(all, at);
    if (c == '<')
        return read_hex(all, at);
    if (c == '>' || c == ')' || c == '{' || c == '}')
        return (struct verify_token){VERIFY_END, {0}};
    return read_word(all, at);
}

bool verify_token_is(struct verify_token token, const char *text)
{
    return token.kind != VERIFY_END && token.text.size == strlen(text) &&
           memcmp(token.text.data, text, token.text.size) == 0;
}

bool verify_token_number(struct verify_token token, size_t *out)
{
    size_t number = 0;
    if (token.kind != VERIFY_NUMBER || !token.text.size || token.text.size > DIGITS_MAX)
        return false;
    for (size_t i = 0; i < token.text.size; i++) {
        unsigned char c = token.text.data[i];
        if (c < '0' || c > '9')
            return false;
        number = number * 10 + (size_t)(c - '0');
    }
    *out = number;
    return true;
}

/* "0 R" behind a number. */
static void skip_reference(struct bytes all, size_t *at)
{
    size_t after = *at, number;
    if (verify_token_number(verify_token_next(all, &after), &number) &&
        verify_token_is(verify_token_next(all, &after), "R"))
        *at = after;
}

bool verify_token_skip(struct bytes all, size_t *at)
{
    int depth = 0;
    do {
        struct verify_token token = verify_token_next(all, at);
        size_t number;
        if (token.kind == VERIFY_END)
            return false;
        depth += (token.kind == VERIFY_OPEN) - (token.kind == VERIFY_CLOSE);
        if (depth < 0 || depth > DEPTH_MAX)
            return false;
        if (depth == 0 && verify_token_number(token, &number))
            skip_reference(all, at);
    } while (depth);
    return true;
}
