#include "engine/sandbox/sandbox_layout.h"

#include "engine/base/buf.h"
#include "engine/base/crypto.h"
#include "engine/base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The word as this seed writes it: "documents" becomes "Documents-3f9A". */
static void add_word(struct buf *path, uint64_t seed, const char *word, size_t size)
{
    struct bytes text = {(const unsigned char *)word, size};
    if (seed == 1) {
        buf_add(path, text);
        return;
    }
    struct crypto_sha256 mark =
        crypto_hmac((struct bytes){(const unsigned char *)&seed, sizeof seed}, text);
    buf_add_byte(path, (unsigned char)(mark.bytes[0] & 1 ? toupper(word[0]) : word[0]));
    buf_add(path, (struct bytes){text.data + 1, size - 1});
    buf_printf(path, "-%02x%02X", mark.bytes[1], mark.bytes[2]);
}

/* Adds one segment; false when it is a value that is not there. */
static bool add_segment(struct buf *path, uint64_t seed, const char *segment, size_t size,
                        const struct sandbox_layout_values *values, size_t *number)
{
    buf_add_byte(path, '/');
    if (strncmp(segment, "{sender}", size) == 0)
        buf_printf(path, "%lld", (long long)values->sender);
    else if (strncmp(segment, "{number}", size) == 0)
        buf_printf(path, "%lld", (long long)values->numbers[(*number)++]);
    else if (strncmp(segment, "{uuid}", size) != 0)
        add_word(path, seed, segment, size);
    else if (!values->uuid)
        return false;
    else
        buf_add_text(path, values->uuid);
    return true;
}

char *sandbox_layout_path(struct arena *arena, uint64_t seed, const char *pattern,
                          const struct sandbox_layout_values *values)
{
    struct buf path;
    buf_init(&path, arena);
    size_t number = 0;
    for (const char *at = pattern; *at == '/' && at[1];) {
        size_t size = strcspn(at + 1, "/");
        if (!add_segment(&path, seed, at + 1, size, values, &number))
            return buf_text(&path);
        at += 1 + size;
    }
    if (path.size == 0)
        buf_add_byte(&path, '/');
    return buf_text(&path);
}

static bool read_number(const char *text, size_t size, int64_t *out)
{
    if (size == 0 || size > 18 || strspn(text, "0123456789") < size)
        return false;
    *out = strtoll(text, NULL, 10);
    return true;
}

static bool match_segment(struct arena *arena, uint64_t seed, const char *segment,
                          size_t segment_size, const char *is, size_t is_size,
                          struct sandbox_layout_values *values, size_t *number)
{
    if (strncmp(segment, "{sender}", segment_size) == 0)
        return read_number(is, is_size, &values->sender);
    if (strncmp(segment, "{number}", segment_size) == 0)
        return read_number(is, is_size, &values->numbers[(*number)++]);
    if (strncmp(segment, "{uuid}", segment_size) == 0) {
        values->uuid = arena_text_of(arena, (struct bytes){(const unsigned char *)is, is_size});
        return is_size > 0;
    }
    struct buf word;
    buf_init(&word, arena);
    add_word(&word, seed, segment, segment_size);
    return word.size == is_size && memcmp(word.data, is, is_size) == 0;
}

bool sandbox_layout_match(struct arena *arena, uint64_t seed, const char *pattern, const char *path,
                          struct sandbox_layout_values *out)
{
    struct sandbox_layout_values values = {0};
    size_t number = 0;
    while (*pattern == '/' && pattern[1] && *path == '/') {
        size_t wanted = strcspn(pattern + 1, "/"), is = strcspn(path + 1, "/");
        if (!match_segment(arena, seed, pattern + 1, wanted, path + 1, is, &values, &number))
            return false;
        pattern += 1 + wanted;
        path += 1 + is;
    }
    bool both_end = (!*pattern || text_equal(pattern, "/")) && (!*path || text_equal(path, "/"));
    if (both_end)
        *out = values;
    return both_end;
}
