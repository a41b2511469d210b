#include "engine/intake.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"

#include <string.h>
#include <strings.h>

enum { NAME_BYTES = 200, ENDING_BYTES = 8 };

static bool is_unwanted(uint32_t c)
{
    bool bidirectional = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
                         c == 0x200E || c == 0x200F || c == 0x061C;
    bool line = c == 0x2028 || c == 0x2029;
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || bidirectional || line || c == 0xFFFD ||
           (c < 0x80 && strchr("/\\:*?\"<>|'", (int)c));
}

static bool is_device(const char *name)
{
    static const char *const devices[] = {"con", "prn", "aux", "nul", "com", "lpt"};
    size_t stem = strcspn(name, ".");
    while (stem && name[stem - 1] == ' ')
        stem--;
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

/* Short enough, and nothing hidden or invisible at its ends, where it was cut either. */
static char *tidy(struct arena *arena, char *name)
{
    char *tidied = text_trim(arena, fit(arena, text_trim(arena, name)));
    while (*tidied == '.' || *tidied == ' ')
        tidied = text_trim(arena, tidied + 1);
    return tidied;
}

char *intake_safe_name(struct arena *arena, const char *name, const char *media_type)
{
    for (const char *at = name; *at; at++) /* old browsers send the whole path */
        if (*at == '/' || *at == '\\')
            name = at + 1;
    struct buf buf;
    buf_init(&buf, arena);
    while (*name) {
        uint32_t c = text_next(&name);
        buf_add_utf8(&buf, is_unwanted(c) ? '_' : c);
    }
    char *safe = tidy(arena, text_composed(arena, buf_text(&buf)));
    if (!*safe || strspn(safe, "_. ") == strlen(safe))
        return arena_printf(arena, "vedlegg.%s", intake_file_type(media_type));
    return is_device(safe) ? tidy(arena, arena_printf(arena, "_%s", safe)) : safe;
}
