#include "engine/sandbox/sandbox_mark.h"

#include "engine/base/buf.h"

#include <string.h>

struct bytes sandbox_mark(struct arena *arena, struct bytes pem)
{
    struct buf buf;
    buf_init(&buf, arena);
    buf_add_text(&buf, SANDBOX_MARK);
    buf_add(&buf, pem);
    return buf_bytes(&buf);
}

struct bytes sandbox_mark_off(struct bytes file)
{
    size_t size = strlen(SANDBOX_MARK);
    if (file.size < size || memcmp(file.data, SANDBOX_MARK, size) != 0)
        return file;
    return (struct bytes){file.data + size, file.size - size};
}

bool sandbox_mark_is_in(struct bytes file)
{
    return file.size && memmem(file.data, file.size, SANDBOX_MARK, strlen(SANDBOX_MARK)) != NULL;
}
