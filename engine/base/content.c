#include "engine/base/content.h"

#include <assert.h>
#include <string.h>

struct content content_of(struct bytes bytes)
{
    return (struct content){.size_bytes = (int64_t)bytes.size, .bytes = bytes};
}

bool content_read(const struct content *content, int64_t at, unsigned char *to, size_t size,
                  struct error *err)
{
    assert(at >= 0 && at <= content->size_bytes && (int64_t)size <= content->size_bytes - at);
    if (!size)
        return true;
    if (content->read)
        return content->read(content->context, at, to, size, err);
    memcpy(to, content->bytes.data + at, size);
    return true;
}

bool content_whole(struct arena *arena, const struct content *content, size_t most,
                   struct bytes *out, struct error *err)
{
    if (content->size_bytes > (int64_t)most)
        return error_set(err, ERROR_LIMIT, "a document of %lld bytes, where at most %zu are read",
                         (long long)content->size_bytes, most);
    if (!content->read) {
        *out = content->bytes;
        return true;
    }
    size_t size = (size_t)content->size_bytes;
    unsigned char *bytes = ARENA_ARRAY(arena, size, unsigned char);
    if (!content_read(content, 0, bytes, size, err))
        return false;
    *out = (struct bytes){bytes, size};
    return true;
}
