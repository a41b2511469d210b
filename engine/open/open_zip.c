#include "engine/open/open_zip.h"

#include "engine/base/text.h"

#include <zlib.h>

#include <stdlib.h>
#include <string.h>

enum {
    LOCAL = 0x04034b50,
    CENTRAL = 0x02014b50,
    END = 0x06054b50,
    DESCRIPTOR = 0x08074b50,
    LOCAL_SIZE = 30,
    CENTRAL_SIZE = 46,
    END_SIZE = 22,
    ENCRYPTED = 1, /* flags */
    HAS_DESCRIPTOR = 8,
    STORED = 0, /* methods */
    DEFLATED = 8,
    ALL_ONES_16 = 0xFFFF,
    SMALL = 1000 * 1000, /* unpacked: its ratio does not matter */
};

static uint32_t number16(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

static uint32_t number32(const unsigned char *at)
{
    return number16(at) | number16(at + 2) << 16;
}

/* What the directory says of a file. */
struct record {
    const char *name;
    uint32_t flags, method, crc, packed, unpacked, offset, mode;
    size_t name_size;
    size_t begin, data, end; /* in the file; begin and end with what stands round the data */
    bool has_extra, is_usable;
};

struct reading {
    struct open_report *report;
    struct bytes file;
    size_t directory, directory_end, record_count;
    struct record *records;
    uint64_t unpacked; /* so far */
};

/* ---- the directory ---- */

/* The end record, whose comment reaches the end of the file. */
static bool find_end(const struct bytes *file, size_t *out)
{
    if (file->size < END_SIZE)
        return false;
    size_t last = file->size - END_SIZE, first = last > 0xFFFF ? last - 0xFFFF : 0;
    for (size_t at = last + 1; at-- > first;) {
        const unsigned char *here = file->data + at;
        if (number32(here) == END && number16(here + 20) == file->size - END_SIZE - at) {
            *out = at;
            return true;
        }
    }
    return false;
}

static bool read_end(struct reading *r, struct open_zip *out)
{
    size_t at;
    if (!find_end(&r->file, &at)) {
        open_wrong(r->report, "zip",
                   "it has no directory at its end: cut off, or bytes were added");
        return false;
    }
    const unsigned char *end = r->file.data + at;
    uint32_t here = number16(end + 8), all = number16(end + 10), size = number32(end + 12);
    uint32_t offset = number32(end + 16);
    r->directory = offset;
    r->directory_end = (size_t)offset + size;
    r->record_count = all;
    if (number16(end + 4) || number16(end + 6) || here != all || all == ALL_ONES_16) {
        open_wrong(r->report, "zip", "it is in several parts, or in the 64-bit form");
        return false;
    }
    if (all > OPEN_ZIP_MAX_ENTRIES) {
        open_wrong(r->report, "zip", "%u files; at most %d", all, OPEN_ZIP_MAX_ENTRIES);
        return false;
    }
    if (r->directory_end != at) {
        open_wrong(r->report, "zip", "its directory does not end where it says");
        return false;
    }
    struct bytes comment = {end + END_SIZE, number16(end + 20)};
    out->comment = text_is_utf8(comment) ? arena_text_of(r->report->arena, comment) : "";
    return true;
}

/* The record at *at, which moves past it. */
static bool read_record(struct reading *r, size_t *at, struct record *out)
{
    const unsigned char *here = r->file.data + *at;
    size_t left = r->directory_end - *at;
    if (left < CENTRAL_SIZE || number32(here) != CENTRAL)
        return false;
    size_t name = number16(here + 28), size = CENTRAL_SIZE + name + number16(here + 30);
    size += number16(here + 32);
    if (left < size)
        return false;
    *out = (struct record){.flags = number16(here + 8),
                           .method = number16(here + 10),
                           .crc = number32(here + 16),
                           .packed = number32(here + 20),
                           .unpacked = number32(here + 24),
                           .mode = here[5] == 3 ? number32(here + 38) >> 16 : 0, /* Unix */
                           .offset = number32(here + 42),
                           .name_size = name};
    struct bytes bytes = {here + CENTRAL_SIZE, name};
    out->name = text_is_utf8(bytes) && !memchr(bytes.data, 0, name)
                    ? arena_text_of(r->report->arena, bytes)
                    : NULL;
    *at += size;
    return true;
}

static bool read_directory(struct reading *r)
{
    size_t at = r->directory;
    r->records = ARENA_ARRAY(r->report->arena, r->record_count, struct record);
    for (size_t i = 0; i < r->record_count; i++)
        if (!read_record(r, &at, &r->records[i])) {
            open_wrong(r->report, "zip", "its directory is damaged at file %zu", i + 1);
            return false;
        }
    if (at == r->directory_end)
        return true;
    open_wrong(r->report, "zip", "its directory has more than its %zu files", r->record_count);
    return false;
}

/* ---- names ---- */

static bool is_safe_part(const char *part, size_t size)
{
    return size && !(size == 1 && part[0] == '.') &&
           !(size == 2 && part[0] == '.' && part[1] == '.');
}

/* What is wrong with a name, or NULL. */
static const char *fault_of(const struct record *record)
{
    const char *name = record->name;
    if (!name)
        return "its name is no UTF-8";
    if (!record->name_size || record->name_size > OPEN_ZIP_MAX_NAME)
        return "its name is empty or too long";
    for (const char *at = name; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7F || *at == '\\' || *at == ':')
            return "its name has a character that is not safe";
    for (const char *part = name; *part;) {
        size_t size = strcspn(part, "/");
        if (!is_safe_part(part, size))
            return "its name leads outside the package";
        part += size + (part[size] == '/');
    }
    enum { KIND = 0170000, LINK = 0120000 };
    return (record->mode & KIND) == LINK ? "it is a symbolic link" : NULL;
}

static bool is_folder(const struct record *record)
{
    return text_ends_with(record->name, "/") && !record->unpacked;
}

/* ---- what stands before each file ---- */

/* later: it may be zero here, since the writer did not know it yet. */
static bool agrees(const unsigned char *at, uint32_t number, bool later)
{
    return number32(at) == number || (later && !number32(at));
}

static bool check_local(struct reading *r, struct record *record)
{
    const unsigned char *here = r->file.data + record->offset;
    if (record->offset > r->directory || r->directory - record->offset < LOCAL_SIZE ||
        number32(here) != LOCAL)
        return false;
    size_t name = number16(here + 26), extra = number16(here + 28);
    size_t data = (size_t)record->offset + LOCAL_SIZE + name + extra;
    bool later = record->flags & HAS_DESCRIPTOR;
    bool same = agrees(here + 14, record->crc, later) && agrees(here + 18, record->packed, later) &&
                agrees(here + 22, record->unpacked, later);
    if (name != record->name_size || data > r->directory || r->directory - data < record->packed ||
        number16(here + 8) != record->method ||
        ((number16(here + 6) ^ record->flags) & (ENCRYPTED | HAS_DESCRIPTOR)) || !same)
        return false;
    record->begin = record->offset;
    record->data = data;
    record->end = data + record->packed;
    record->has_extra = extra > 0;
    return memcmp(here + LOCAL_SIZE, record->name, name) == 0;
}

/* Past the data descriptor, with or without its mark. */
static void skip_descriptor(const struct reading *r, struct record *record)
{
    const unsigned char *here = r->file.data + record->end;
    size_t left = r->directory - record->end;
    if (!(record->flags & HAS_DESCRIPTOR))
        return;
    if (left >= 16 && number32(here) == DESCRIPTOR && number32(here + 4) == record->crc)
        record->end += 16;
    else if (left >= 12 && number32(here) == record->crc)
        record->end += 12;
}

/* ---- unpacking ---- */

static bool inflate_all(struct bytes packed, unsigned char *to, size_t size)
{
    z_stream stream = {.next_in = (unsigned char *)packed.data,
                       .avail_in = (unsigned)packed.size,
                       .next_out = to,
                       .avail_out = (unsigned)size};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        abort(); /* only out of memory */
    int result = inflate(&stream, Z_FINISH);
    bool whole = result == Z_STREAM_END && stream.total_out == size && !stream.avail_in;
    inflateEnd(&stream);
    return whole;
}

/* What forbids unpacking, or NULL. Sizes are the directory's: inflate_all takes no more. */
static const char *bomb_of(const struct reading *r, const struct record *record)
{
    if (r->unpacked + record->unpacked > OPEN_ZIP_MAX_UNPACKED)
        return "everything unpacked is more than a package may be: a zip bomb?";
    uint64_t most = (uint64_t)record->packed * OPEN_ZIP_MAX_RATIO;
    return record->unpacked > SMALL && record->unpacked > most
               ? "it becomes far larger when unpacked: a zip bomb?"
               : NULL;
}

static const char *unpack(struct reading *r, const struct record *record, struct bytes *out)
{
    struct bytes packed = {r->file.data + record->data, record->packed};
    const char *bomb = bomb_of(r, record);
    if (bomb)
        return bomb;
    if (record->method == STORED) {
        if (record->packed != record->unpacked)
            return "it is stored, but with two sizes";
        *out = packed;
    } else {
        unsigned char *to = arena_alloc(r->report->arena, record->unpacked);
        if (!inflate_all(packed, to, record->unpacked))
            return "it cannot be unpacked to what the directory says: damaged";
        *out = (struct bytes){to, record->unpacked};
    }
    r->unpacked += record->unpacked;
    unsigned long crc =
        crc32(0, out->size ? out->data : (const unsigned char *)"", (unsigned)out->size);
    return crc == record->crc ? NULL : "its checksum is wrong: damaged";
}

/* ---- all of it ---- */

/* Looks at everything but the bytes themselves; what is wrong, or NULL. */
static const char *find_data(struct reading *r, struct record *record)
{
    const char *fault = fault_of(record);
    if (fault)
        return fault;
    if (record->flags & ENCRYPTED)
        return "it is encrypted by the zip itself";
    if (record->method != STORED && record->method != DEFLATED)
        return "it is compressed in a way that is not allowed";
    if (!check_local(r, record))
        return "the directory says something else than what stands before it";
    skip_descriptor(r, record);
    return NULL;
}

static void tell_wrong(struct reading *r, size_t at, const char *wrong)
{
    const char *name = r->records[at].name;
    open_wrong(r->report,
               name && *name ? name : arena_printf(r->report->arena, "file %zu of the zip", at + 1),
               "%s", wrong);
}

static int by_begin(const void *a, const void *b)
{
    const struct record *one = a, *other = b;
    return (one->begin > other->begin) - (one->begin < other->begin);
}

/* Bytes that are in no file are hidden from who unpacks with another program; those that are in two
 * make much of little, so nothing is unpacked then: false. */
static bool check_gaps(struct reading *r)
{
    struct record *sorted = ARENA_ARRAY(r->report->arena, r->record_count, struct record);
    size_t at = 0;
    bool all_known = true; /* those that are not come first */
    if (r->record_count)
        memcpy(sorted, r->records, r->record_count * sizeof *sorted);
    qsort(sorted, r->record_count, sizeof *sorted, by_begin);
    for (size_t i = 0; i < r->record_count; i++) {
        bool is_known = sorted[i].end != 0; /* else told already, and its bytes look unclaimed */
        all_known = all_known && is_known;
        if (!is_known)
            continue;
        if (sorted[i].begin < at) {
            open_wrong(r->report, sorted[i].name, "it lies partly in another file's bytes");
            return false;
        }
        if (all_known && sorted[i].begin > at)
            open_wrong(r->report, sorted[i].name, "%zu bytes before it are in no file",
                       sorted[i].begin - at);
        at = sorted[i].end;
    }
    if (all_known && at < r->directory)
        open_wrong(r->report, "zip", "%zu bytes before its directory are in no file",
                   r->directory - at);
    return true;
}

static bool is_doubled(const struct reading *r, const struct open_zip *zip, const char *name)
{
    const char *folded = text_fold(r->report->arena, name);
    for (size_t i = 0; i < zip->count; i++) {
        if (text_equal(zip->entries[i].name, name)) {
            open_wrong(r->report, name, "there are two files of this name");
            return true;
        }
        if (text_equal(text_fold(r->report->arena, zip->entries[i].name), folded))
            open_warn(r->report, name,
                      "another file has this name but for small and capital letters");
    }
    return false;
}

static void take_entry(struct reading *r, size_t at, struct open_zip *zip)
{
    const struct record *record = &r->records[at];
    struct open_entry entry = {.name = record->name,
                               .is_stored = record->method == STORED,
                               .has_extra = record->has_extra,
                               .at = record->begin};
    const char *wrong = unpack(r, record, &entry.content);
    if (wrong)
        tell_wrong(r, at, wrong);
    else if (!is_folder(record) && !is_doubled(r, zip, record->name))
        zip->entries[zip->count++] = entry;
}

bool open_zip_read(struct open_report *report, struct bytes file, struct open_zip *out)
{
    struct reading r = {.report = report, .file = file};
    struct open_zip zip = {.comment = ""};
    if (!read_end(&r, &zip) || !read_directory(&r))
        return false;
    zip.entries = ARENA_ARRAY(report->arena, r.record_count, struct open_entry);
    for (size_t i = 0; i < r.record_count; i++) {
        const char *wrong = find_data(&r, &r.records[i]);
        if (wrong)
            tell_wrong(&r, i, wrong);
        r.records[i].is_usable = !wrong;
    }
    if (!check_gaps(&r))
        return false;
    for (size_t i = 0; i < r.record_count; i++)
        if (r.records[i].is_usable)
            take_entry(&r, i, &zip);
    *out = zip;
    return true;
}

const struct open_entry *open_zip_find(const struct open_zip *zip, const char *name)
{
    for (size_t i = 0; i < zip->count; i++)
        if (text_equal(zip->entries[i].name, name))
            return &zip->entries[i];
    return NULL;
}
