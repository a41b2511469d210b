#include "engine/zip_stream.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"

#include <assert.h>
#include <string.h>
#include <zlib.h>

#define MOST_BYTES                                                                                 \
    INT64_C(0xF0000000) /* of members: heads and directory take the rest of 4 GiB                  \
                         */

enum {
    MOST_MEMBERS = 65000,
    WINDOW_BYTES = 128 * 1024,
    VERSION_NEEDED = 20,
    NAMES_ARE_UTF8 = 1 << 11,
};

/* The file is a row of these: heads in memory, members wherever they lie. */
struct part {
    int64_t at;
    struct content content;
};

struct zip {
    struct part *parts;
    size_t count;
};

struct entry {
    const struct zip_member *member;
    uint32_t crc, size, at, day_and_time;
};

static void add_number(struct buf *buf, uint32_t number, int bytes)
{
    for (int i = 0; i < bytes; i++)
        buf_add_byte(buf, (unsigned char)(number >> (8 * i) & 0xFF));
}

/* MS-DOS: the day in the upper half, two-second steps in the lower. */
static uint32_t dos_time(int64_t at)
{
    struct clock_time local = clock_oslo(at);
    uint32_t year = local.year < 1980 ? 0 : (uint32_t)(local.year - 1980);
    uint32_t day = year << 9 | (uint32_t)local.month << 5 | (uint32_t)local.day;
    uint32_t time =
        (uint32_t)local.hour << 11 | (uint32_t)local.minute << 5 | (uint32_t)local.second / 2;
    return day << 16 | time;
}

static bool find_crc(const struct content *content, uint32_t *out, struct error *err)
{
    static _Thread_local unsigned char window[WINDOW_BYTES];
    uLong crc = crc32(0, NULL, 0);
    for (int64_t at = 0; at < content->size_bytes;) {
        int64_t left = content->size_bytes - at;
        size_t size = left < WINDOW_BYTES ? (size_t)left : WINDOW_BYTES;
        if (!content_read(content, at, window, size, err))
            return false;
        crc = crc32(crc, window, (uInt)size);
        at += (int64_t)size;
    }
    *out = (uint32_t)crc;
    return true;
}

/* What stands both before a member and in the directory. */
static void add_common(struct buf *buf, const struct entry *entry)
{
    add_number(buf, VERSION_NEEDED, 2);
    add_number(buf, NAMES_ARE_UTF8, 2);
    add_number(buf, 0, 2); /* stored */
    add_number(buf, entry->day_and_time, 4);
    add_number(buf, entry->crc, 4);
    add_number(buf, entry->size, 4);
    add_number(buf, entry->size, 4);
    add_number(buf, (uint32_t)strlen(entry->member->name), 2);
    add_number(buf, 0, 2); /* no extra field */
}

static struct bytes member_head(struct arena *arena, const struct entry *entry)
{
    struct buf buf;
    buf_init(&buf, arena);
    buf_add_text(&buf, "PK\3\4");
    add_common(&buf, entry);
    buf_add_text(&buf, entry->member->name);
    return buf_bytes(&buf);
}

static void add_directory_entry(struct buf *buf, const struct entry *entry)
{
    buf_add_text(buf, "PK\1\2");
    add_number(buf, VERSION_NEEDED, 2); /* made by: MS-DOS names and times */
    add_common(buf, entry);
    add_number(buf, 0, 2); /* no comment */
    add_number(buf, 0, 2); /* first disk */
    add_number(buf, 0, 2);
    add_number(buf, 0, 4);
    add_number(buf, entry->at, 4);
    buf_add_text(buf, entry->member->name);
}

static struct bytes directory(struct arena *arena, const struct entry *entries, size_t count,
                              int64_t at)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (size_t i = 0; i < count; i++)
        add_directory_entry(&buf, &entries[i]);
    uint32_t size = (uint32_t)buf.size;
    buf_add_text(&buf, "PK\5\6");
    add_number(&buf, 0, 4); /* this disk, and the directory's */
    add_number(&buf, (uint32_t)count, 2);
    add_number(&buf, (uint32_t)count, 2);
    add_number(&buf, size, 4);
    add_number(&buf, (uint32_t)at, 4);
    add_number(&buf, 0, 2); /* no comment */
    return buf_bytes(&buf);
}

static int64_t add_part(struct zip *zip, int64_t at, struct content content)
{
    zip->parts[zip->count++] = (struct part){at, content};
    return at + content.size_bytes;
}

/* The last part that begins at or before there. */
static size_t part_at(const struct zip *zip, int64_t at)
{
    size_t low = 0, high = zip->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (zip->parts[middle].at <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static bool read_zip(void *context, int64_t at, unsigned char *to, size_t size, struct error *err)
{
    const struct zip *zip = context;
    for (size_t i = part_at(zip, at); size; i++) {
        const struct part *part = &zip->parts[i];
        int64_t within = at - part->at, left = part->content.size_bytes - within;
        size_t take = left < (int64_t)size ? (size_t)left : size;
        if (take && !content_read(&part->content, within, to, take, err))
            return false;
        at += (int64_t)take, to += take, size -= take;
    }
    return true;
}

bool zip_stream_new(struct arena *arena, const struct zip_member *members, size_t count,
                    struct content *out, struct error *err)
{
    if (count > MOST_MEMBERS)
        return error_set(err, ERROR_LIMIT, "%zu files are more than a zip holds", count);
    struct zip *zip = ARENA_NEW(arena, struct zip);
    struct entry *entries = ARENA_ARRAY(arena, count, struct entry);
    zip->parts = ARENA_ARRAY(arena, 2 * count + 1, struct part);
    int64_t at = 0;
    for (size_t i = 0; i < count; i++) {
        const struct zip_member *member = &members[i];
        if (at + member->content.size_bytes > MOST_BYTES)
            return error_set(err, ERROR_LIMIT, "more than a zip without ZIP64 holds");
        entries[i] = (struct entry){.member = member,
                                    .size = (uint32_t)member->content.size_bytes,
                                    .at = (uint32_t)at,
                                    .day_and_time = dos_time(member->modified_at)};
        if (!find_crc(&member->content, &entries[i].crc, err))
            return false;
        at = add_part(zip, at, content_of(member_head(arena, &entries[i])));
        at = add_part(zip, at, member->content);
    }
    at = add_part(zip, at, content_of(directory(arena, entries, count, at)));
    *out = (struct content){.size_bytes = at, .read = read_zip, .context = zip};
    return true;
}
