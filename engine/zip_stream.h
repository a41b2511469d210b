/* zip_stream.h - a zip file that is nowhere whole: put together from its members while it is read,
 * wherever their bytes lie. Members are stored as they are, since what people send is compressed
 * already. libzip writes to a file or to memory; what is sealed in the database must neither lie
 * in clear on the disk nor be whole in memory. Rule: PKWARE APPNOTE.TXT 6.3.9, 4.3.7, 4.3.12,
 * 4.3.16; without ZIP64. */
#pragma once

#include "engine/base/content.h"

struct zip_member {
    const char *name;       /* UTF-8, with '/' between folders; ours, never a stranger's path */
    struct content content; /* read once now, for its CRC-32, and again whenever it is asked for */
    int64_t modified_at;    /* Unix seconds; shown as Norwegian time */
};

/* The zip of these members, in that order. Everything given and the arena live as long as *out is
 * read. ERROR_LIMIT: more than 4 GiB or 65,000 members; else as the members' contents fail. */
CHECKED bool zip_stream_new(struct arena *arena, const struct zip_member *members, size_t count,
                            struct content *out, struct error *err);
