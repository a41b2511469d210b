#include "engine/look.h"

#include "engine/base/crypto.h"
#include "engine/base/text.h"
#include "engine/files.h"
#include "forms/texts.h"
#include "render/colours.h"
#include "render/logo.h"

#include <string.h>

enum { MAX_FILES = 4, MAX_TEXTS = 32 };

struct text {
    enum look_about about;
    const char *language, *text;
};

struct look {
    struct static_file files[MAX_FILES];
    size_t file_count;
    double logo_ratio;
    struct text texts[MAX_TEXTS];
    size_t text_count;
};

/* ---- one file ---- */

struct reader {
    struct arena *arena;
    struct look *look;
    const char *folder, *name; /* name: within the folder */
    const char *path;
    struct bytes file;
};

/* "/statisk/logo.1a2b3c4d.svg": another address when it is another picture. */
static void add_file(struct reader *reader, const char *stem, const char *ending, const char *type,
                     struct bytes content)
{
    struct look *look = reader->look;
    const char *digest = crypto_sha256_hex(reader->arena, content);
    look->files[look->file_count++] = (struct static_file){
        .name = reader->name,
        .path = arena_printf(reader->arena, "/statisk/%s.%.8s.%s", stem, digest, ending),
        .media_type = type,
        .content = content,
    };
}

static bool read_picture(struct reader *reader, const char *stem, struct error *err)
{
    struct logo logo;
    if (!logo_check(reader->arena, reader->file, reader->path, &logo, err))
        return false;
    if (text_equal(stem, "logo"))
        reader->look->logo_ratio = logo.width / logo.height;
    add_file(reader, arena_printf(reader->arena, "etat-%s", stem), "svg", "image/svg+xml",
             logo.svg);
    return true;
}

static bool read_colours(struct reader *reader, struct error *err)
{
    struct bytes css;
    if (!colours_read(reader->arena, reader->file, reader->path, &css, err))
        return false;
    add_file(reader, "etat", "css", "text/css; charset=utf-8", css);
    return true;
}

/* The language between the first and the last dot. */
static bool read_text(struct reader *reader, enum look_about about, struct error *err)
{
    struct look *look = reader->look;
    const char *after = strchr(reader->name, '.') + 1;
    size_t size = strlen(after) - strlen(".txt");
    const char *language =
        arena_text_of(reader->arena, (struct bytes){(const unsigned char *)after, size});
    if (!texts_is_tag(language))
        return error_at(err, ERROR_INVALID, reader->path, 0, "%s is no language", language);
    if (look->text_count == MAX_TEXTS)
        return error_at(err, ERROR_LIMIT, reader->path, 0, "more than %d texts", MAX_TEXTS);
    struct bytes file = reader->file;
    if (!text_is_utf8(file) || (file.size && memchr(file.data, 0, file.size)))
        return error_at(err, ERROR_INVALID, reader->path, 0, "not UTF-8 text");
    look->texts[look->text_count++] =
        (struct text){about, language, arena_text_of(reader->arena, file)};
    return true;
}

static bool is_text(const char *name, const char *stem)
{
    return text_starts_with(name, stem) && text_ends_with(name, ".txt") &&
           strlen(name) > strlen(stem) + strlen(".txt");
}

static bool read_file(struct reader *reader, struct error *err)
{
    const char *name = reader->name;
    if (name[0] == '.' || text_equal(name, "README.md"))
        return true;
    reader->path = arena_printf(reader->arena, "%s/%s", reader->folder, name);
    if (!files_read(reader->arena, reader->path, LOOK_MAX_TEXT_BYTES, &reader->file, err))
        return false;
    if (text_equal(name, "logo.svg"))
        return read_picture(reader, "logo", err);
    if (text_equal(name, "logo-dark.svg"))
        return read_picture(reader, "logo-dark", err);
    if (text_equal(name, "icon.svg"))
        return read_picture(reader, "icon", err);
    if (text_equal(name, "colours"))
        return read_colours(reader, err);
    if (is_text(name, "tilgjengelighet."))
        return read_text(reader, LOOK_ACCESSIBILITY, err);
    if (is_text(name, "personvern."))
        return read_text(reader, LOOK_PRIVACY, err);
    return error_at(err, ERROR_INVALID, reader->path, 0,
                    "not a file of a look: logo.svg, logo-dark.svg, icon.svg, colours, "
                    "tilgjengelighet.LANGUAGE.txt and personvern.LANGUAGE.txt are");
}

bool look_read(struct arena *arena, const char *folder, const struct look **out, struct error *err)
{
    struct look *look = ARENA_NEW(arena, struct look);
    const char **paths = NULL;
    size_t count = 0;
    if (*folder && !files_list(arena, folder, "", &paths, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *slash = strrchr(paths[i], '/');
        struct reader reader = {
            .arena = arena, .look = look, .folder = folder, .name = slash ? slash + 1 : paths[i]};
        if (!read_file(&reader, err))
            return false;
    }
    *out = look;
    return true;
}

/* ---- use ---- */

static const char *path_of(const struct look *look, const char *name)
{
    for (size_t i = 0; i < look->file_count; i++)
        if (text_equal(look->files[i].name, name))
            return look->files[i].path;
    return NULL;
}

void look_dress(const struct look *look, struct frame_agency *agency)
{
    agency->logo = path_of(look, "logo.svg");
    agency->logo_dark = path_of(look, "logo-dark.svg");
    agency->logo_ratio = look->logo_ratio;
    agency->icon = path_of(look, "icon.svg");
    agency->colours = path_of(look, "colours");
}

bool look_is_same(const struct look *one, const struct look *other)
{
    if (one->file_count != other->file_count || one->text_count != other->text_count)
        return false;
    for (size_t i = 0; i < one->file_count; i++) /* in order of names; paths carry digests */
        if (!text_equal(one->files[i].path, other->files[i].path))
            return false;
    for (size_t i = 0; i < one->text_count; i++)
        if (one->texts[i].about != other->texts[i].about ||
            !text_equal(one->texts[i].language, other->texts[i].language) ||
            !text_equal(one->texts[i].text, other->texts[i].text))
            return false;
    return true;
}

const struct static_file *look_find(const struct look *look, const char *path)
{
    for (size_t i = 0; i < look->file_count; i++)
        if (text_equal(look->files[i].path, path))
            return &look->files[i];
    return NULL;
}

const char *look_text(const struct look *look, enum look_about about, const char *language,
                      const char **found)
{
    const struct text *nearest = NULL;
    for (size_t i = 0; i < look->text_count; i++) {
        const struct text *text = &look->texts[i];
        if (text->about == about && (!nearest || texts_distance(language, text->language) <
                                                     texts_distance(language, nearest->language)))
            nearest = text;
    }
    if (!nearest)
        return NULL;
    *found = nearest->language;
    return nearest->text;
}
