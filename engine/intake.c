#include "engine/intake.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"

#include <string.h>
#include <strings.h>

enum { NAME_BYTES = 200, ENDING_BYTES = 8, PIXELS_MAX = 40000000 };

static const struct kind {
    const char *media_type, *file_type, *ending, *other_ending, *magic;
    size_t magic_size;
} kinds[] = {
    {"application/pdf", "pdf", ".pdf", ".pdf", "%PDF-", 5},
    {"image/jpeg", "jpg", ".jpg", ".jpeg", "\xFF\xD8\xFF", 3},
    {"image/png", "png", ".png", ".png", "\x89PNG\r\n\x1A\n", 8},
};

static bool has_ending(const char *name, const char *ending)
{
    size_t length = strlen(name), end_length = strlen(ending);
    return length >= end_length && strcasecmp(name + length - end_length, ending) == 0;
}

static const struct kind *kind_of_name(const char *name)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (has_ending(name, kinds[i].ending) || has_ending(name, kinds[i].other_ending))
            return &kinds[i];
    return NULL;
}

static bool is_declared(const char *declared, const struct kind *kind)
{
    return !*declared || strcasecmp(declared, "application/octet-stream") == 0 ||
           strcasecmp(declared, kind->media_type) == 0 ||
           (strcasecmp(declared, "image/jpg") == 0 && text_equal(kind->file_type, "jpg"));
}

/* Width times height of a PNG by its header (ISO/IEC 15948 11.2.2); 0 when that is cut off. */
static uint64_t png_pixels(struct bytes content)
{
    if (content.size < 24)
        return 0;
    uint64_t size[2] = {0};
    for (size_t i = 0; i < 8; i++)
        size[i / 4] = size[i / 4] << 8 | content.data[16 + i];
    return size[0] * size[1];
}

/* The same of a JPEG by its first frame header (ITU-T T.81 B.2.2). */
static uint64_t jpeg_pixels(struct bytes content)
{
    for (size_t at = 2; at + 9 < content.size;) {
        if (content.data[at] != 0xFF)
            return 0;
        unsigned char marker = content.data[at + 1];
        if (marker == 0xFF) {
            at++;
            continue;
        }
        bool frame =
            marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
        if (frame)
            return ((uint64_t)content.data[at + 5] << 8 | content.data[at + 6]) *
                   ((uint64_t)content.data[at + 7] << 8 | content.data[at + 8]);
        at += 2 + ((size_t)content.data[at + 2] << 8 | content.data[at + 3]);
    }
    return 0;
}

static bool is_sound(const struct kind *kind, struct bytes content)
{
    if (content.size < kind->magic_size || memcmp(content.data, kind->magic, kind->magic_size) != 0)
        return false;
    if (text_equal(kind->file_type, "pdf"))
        return true;
    uint64_t pixels =
        text_equal(kind->file_type, "png") ? png_pixels(content) : jpeg_pixels(content);
    return pixels > 0 && pixels <= PIXELS_MAX;
}

enum intake_verdict intake_check(const char *name, const char *declared, struct bytes content,
                                 int64_t max_bytes, const char **media_type)
{
    if (content.size == 0)
        return INTAKE_EMPTY;
    if (content.size > (size_t)max_bytes)
        return INTAKE_SIZE;
    const struct kind *kind = kind_of_name(name);
    if (!kind)
        return INTAKE_TYPE;
    if (!is_declared(declared, kind) || !is_sound(kind, content))
        return INTAKE_CONTENT;
    if (text_equal(kind->file_type, "pdf") && memmem(content.data, content.size, "/Encrypt", 8))
        return INTAKE_LOCKED;
    *media_type = kind->media_type;
    return INTAKE_GOOD;
}

const char *intake_message(enum intake_verdict verdict)
{
    static const char *const ids[] = {
        [INTAKE_GOOD] = "",
        [INTAKE_EMPTY] = "file.empty",
        [INTAKE_TYPE] = "file.type",
        [INTAKE_CONTENT] = "file.content",
        [INTAKE_LOCKED] = "file.locked",
        [INTAKE_SIZE] = "file.size",
    };
    return ids[verdict];
}

static bool is_unwanted(uint32_t c)
{
    bool bidirectional = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
                         c == 0x200E || c == 0x200F || c == 0x061C;
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || bidirectional || c == 0xFFFD ||
           (c < 0x80 && strchr("/\\:*?\"<>|'", (int)c));
}

static bool is_device(const char *name)
{
    static const char *const devices[] = {"con", "prn", "aux", "nul", "com", "lpt"};
    size_t stem = strcspn(name, ".");
    for (size_t i = 0; i < COUNT(devices); i++) {
        bool numbered = i >= 4; /* COM1, LPT2 */
        if (strncasecmp(name, devices[i], 3) == 0 &&
            (numbered ? stem == 4 && name[3] >= '0' && name[3] <= '9' : stem == 3))
            return true;
    }
    return false;
}

/* What is too long loses the end of its stem, not its ending, and no half letter is left. */
static char *fit(struct arena *arena, char *name)
{
    size_t length = strlen(name);
    if (length <= NAME_BYTES)
        return name;
    const char *ending = strrchr(name, '.');
    if (!ending || strlen(ending) > ENDING_BYTES)
        ending = "";
    size_t stem = NAME_BYTES - strlen(ending);
    while (((unsigned char)name[stem] & 0xC0) == 0x80)
        stem--;
    return arena_printf(arena, "%.*s%s", (int)stem, name, ending);
}

char *intake_safe_name(struct arena *arena, const char *name, const char *media_type)
{
    for (const char *at = name; *at; at++) /* old browsers send the whole path */
        if (*at == '/' || *at == '\\')
            name = at + 1;
    while (*name == '.' || *name == ' ')
        name++;
    struct buf buf;
    buf_init(&buf, arena);
    while (*name) {
        uint32_t c = text_next(&name);
        buf_add_utf8(&buf, is_unwanted(c) ? '_' : c);
    }
    char *safe = text_trim(arena, buf_text(&buf));
    if (!*safe || strspn(safe, "_. ") == strlen(safe))
        return arena_printf(arena, "vedlegg.%s", intake_file_type(media_type));
    return fit(arena, is_device(safe) ? arena_printf(arena, "_%s", safe) : safe);
}

const char *intake_file_type(const char *media_type)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (text_equal(kinds[i].media_type, media_type))
            return kinds[i].file_type;
    return "";
}

const char *intake_media_type(const char *file_type)
{
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (text_equal(kinds[i].file_type, file_type) ||
            text_equal(kinds[i].ending + 1, file_type) ||
            text_equal(kinds[i].other_ending + 1, file_type))
            return kinds[i].media_type;
    return NULL;
}
