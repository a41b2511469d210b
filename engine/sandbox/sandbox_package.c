#include "engine/sandbox/sandbox_package.h"

#include "engine/base/text.h"

#include <string.h>
#include <zip.h>

#define MIMETYPE "application/vnd.etsi.asic-e+zip"

enum { HEAD_BYTES = 30, NAME_AT = HEAD_BYTES, BODY_AT = HEAD_BYTES + 8, NAME_MOST = 200 };

/* ---- the first file, as it lies (ETSI TS 102 918, A.1) ---- */

static unsigned number_at(struct bytes zip, size_t at)
{
    return (unsigned)zip.data[at] | (unsigned)zip.data[at + 1] << 8;
}

static const char *check_first(struct bytes zip)
{
    if (zip.size < BODY_AT + strlen(MIMETYPE) || memcmp(zip.data, "PK\003\004", 4) != 0)
        return "zip: not a zip file";
    if (number_at(zip, 26) != strlen("mimetype") ||
        memcmp(zip.data + NAME_AT, "mimetype", strlen("mimetype")) != 0)
        return "mimetype: it must be the first file";
    if (number_at(zip, 8) != 0)
        return "mimetype: it must be stored, not compressed";
    if (number_at(zip, 28) != 0 || number_at(zip, 6) & 8)
        return "mimetype: no extra field, no data descriptor";
    if (number_at(zip, 22) != strlen(MIMETYPE) ||
        memcmp(zip.data + BODY_AT, MIMETYPE, strlen(MIMETYPE)) != 0)
        return "mimetype: it must be " MIMETYPE;
    return NULL;
}

/* ---- names ---- */

static const char *check_name(struct arena *arena, const char *name)
{
    size_t size = strlen(name);
    if (size == 0 || size > NAME_MOST || !text_is_utf8(BYTES_OF(name)))
        return "zip-name: a name that is empty, too long or not UTF-8";
    bool leads_away = name[0] == '/' || strchr(name, '\\') || strchr(name, ':') ||
                      text_equal(name, "..") || text_starts_with(name, "../") ||
                      strstr(name, "/../") || text_ends_with(name, "/..") ||
                      text_ends_with(name, "/");
    for (const char *at = name; *at; at++)
        leads_away |= (unsigned char)*at < ' ' || *at == 0x7f;
    if (leads_away)
        return "zip-name: a name that leads out of the package, or is of a folder";
    bool inside = text_starts_with(name, "META-INF/");
    if (strchr(inside ? name + strlen("META-INF/") : name, '/'))
        return arena_printf(arena, "zip-name: %s lies in a folder", name);
    return NULL;
}

static bool is_twice(const struct sandbox_package *package, const char *name, struct arena *arena)
{
    const char *folded = text_fold(arena, name);
    for (size_t i = 0; i < package->count; i++)
        if (text_equal(text_fold(arena, package->files[i].name), folded))
            return true;
    return false;
}

/* ---- unpacking ---- */

static void close_zip(zip_t **zip)
{
    if (*zip)
        zip_discard(*zip);
    *zip = NULL;
}

static zip_t *open_zip(struct bytes bytes)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(bytes.data, bytes.size, 0, &error);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error) : NULL;
    if (!zip && source)
        zip_source_free(source);
    zip_error_fini(&error);
    return zip;
}

/* As many bytes as it says, and not one more. */
static bool read_whole(zip_t *zip, zip_uint64_t index, unsigned char *data, size_t size)
{
    zip_file_t *file = zip_fopen_index(zip, index, 0);
    size_t done = 0;
    unsigned char more;
    zip_int64_t count = 1;
    while (file && done < size && (count = zip_fread(file, data + done, size - done)) > 0)
        done += (size_t)count;
    bool ok = file && done == size && zip_fread(file, &more, 1) == 0;
    return (!file || zip_fclose(file) == 0) && ok;
}

static const char *unpack(struct arena *arena, zip_t *zip, zip_uint64_t index,
                          struct sandbox_package *out, size_t *left)
{
    zip_stat_t about;
    if (zip_stat_index(zip, index, ZIP_FL_ENC_STRICT, &about) != 0 ||
        !(about.valid & ZIP_STAT_NAME) || !(about.valid & ZIP_STAT_SIZE))
        return "zip: an entry that cannot be read";
    const char *wrong = check_name(arena, about.name);
    if (wrong)
        return wrong;
    if (is_twice(out, about.name, arena))
        return arena_printf(arena, "zip-name: %s is there twice", about.name);
    if (about.encryption_method != ZIP_EM_NONE ||
        (about.comp_method != ZIP_CM_STORE && about.comp_method != ZIP_CM_DEFLATE))
        return arena_printf(arena, "zip: %s must be stored or deflated", about.name);
    if (about.size > *left)
        return "zip-limit: more than 100 MB when unpacked";
    *left -= about.size;
    unsigned char *data = arena_alloc(arena, about.size + 1);
    if (!read_whole(zip, index, data, about.size))
        return arena_printf(arena, "zip: %s is damaged", about.name);
    out->files[out->count++] =
        (struct sandbox_package_file){arena_text(arena, about.name), {data, about.size}};
    return NULL;
}

const char *sandbox_package_open(struct arena *arena, struct bytes bytes,
                                 struct sandbox_package *out)
{
    const char *wrong = check_first(bytes);
    if (wrong)
        return wrong;
    CLEANUP(close_zip) zip_t *zip = open_zip(bytes);
    if (!zip)
        return "zip: the archive is damaged";
    zip_int64_t count = zip_get_num_entries(zip, 0);
    if (count > SANDBOX_PACKAGE_MOST_FILES)
        return "zip-limit: more than 200 attachments";
    size_t left = SANDBOX_PACKAGE_MOST_BYTES;
    struct sandbox_package package = {
        .files = ARENA_ARRAY(arena, (size_t)count, struct sandbox_package_file)};
    for (zip_int64_t i = 0; i < count; i++) {
        wrong = unpack(arena, zip, (zip_uint64_t)i, &package, &left);
        if (wrong)
            return wrong;
    }
    *out = package;
    return NULL;
}

const struct sandbox_package_file *sandbox_package_find(const struct sandbox_package *package,
                                                        const char *name)
{
    for (size_t i = 0; i < package->count; i++)
        if (text_equal(package->files[i].name, name))
            return &package->files[i];
    return NULL;
}

bool sandbox_package_is_signed(const struct sandbox_package_file *file)
{
    return !text_equal(file->name, "mimetype") && !text_starts_with(file->name, "META-INF/");
}
