/* A file as it comes: a byte that says which limits and which of the names hold, the name up to a
 * line's end, and the bytes. */
#include "fuzz.h"

#include "engine/base/text.h"
#include "engine/intake.h"

#include <string.h>

enum { WINDOW = 64 * 1024, MOST_NAME = 200 };

static bool read_input(void *context, int64_t at, unsigned char *to, size_t size, struct error *err)
{
    const struct bytes *input = context;
    (void)err;
    fuzz_promise(size <= WINDOW, "a file is never held whole", NULL);
    fuzz_promise(at >= 0 && (size_t)at + size <= input->size, "only what is there is read", NULL);
    memcpy(to, input->data + at, size);
    return true;
}

static struct intake check(const char *name, const struct content *content, bool refuse_active)
{
    const struct intake_rules rules = {.max_bytes = INT64_MAX, .refuse_active = refuse_active};
    struct intake intake;
    struct error err = {0};
    fuzz_promise(intake_check(name, "", content, &rules, &intake, &err),
                 "what can be read is judged", err.text);
    fuzz_promise(!*intake.media_type == (intake.verdict != INTAKE_GOOD),
                 "what is good, and nothing else, is of a type", intake.media_type);
    fuzz_promise(!*intake_message(intake.verdict) == (intake.verdict == INTAKE_GOOD),
                 "what is not good says why", intake_message(intake.verdict));
    return intake;
}

static struct content in_windows(const struct bytes *bytes)
{
    return (struct content){
        .size_bytes = (int64_t)bytes->size, .read = read_input, .context = (void *)bytes};
}

/* The names that a PDF is judged by mean the same wherever they lie. */
static void check_moved(struct arena *arena, struct bytes input, unsigned char by)
{
    static const char head[] = "%PDF-1.7\n";
    size_t start = WINDOW - by, size = start + input.size;
    unsigned char *far = ARENA_ARRAY(arena, size + 1, unsigned char);
    memset(far, ' ', start);
    memcpy(far, head, sizeof head - 1);
    memcpy(far + start, input.data, input.size);
    struct bytes moved = {far, size}, near = {far + start - sizeof head, input.size + sizeof head};
    const struct content in_far = in_windows(&moved);
    struct intake a = check("a.pdf", &in_far, false);
    memcpy(far + start - sizeof head, head, sizeof head - 1);
    const struct content in_near = content_of(near);
    struct intake b = check("a.pdf", &in_near, false);
    fuzz_promise(a.verdict == b.verdict && a.active == b.active,
                 "a PDF is the same PDF with its parts further apart", intake_message(a.verdict));
}

static void check_name(struct arena *arena, const char *name)
{
    char *safe = intake_safe_name(arena, name, "image/png");
    fuzz_promise(*safe && strlen(safe) <= MOST_NAME, "a name is there and not long", safe);
    fuzz_promise(text_is_utf8(BYTES_OF(safe)), "a name is a text", safe);
    fuzz_promise(*safe != '.' && !strpbrk(safe, "/\\:*?\"<>|'\r\n\t"), "a name is only a label",
                 safe);
    fuzz_promise(text_equal(intake_safe_name(arena, safe, "image/png"), safe),
                 "a safe name is left as it is", safe);
}

void fuzz_one(struct bytes input)
{
    static const char *const endings[] = {".pdf",  ".png",  ".jpg", ".jpeg",
                                          ".docx", ".heic", "",     "."};
    CLEANUP(arena_close) struct arena *arena = arena_open();
    unsigned char choice = fuzz_take_byte(&input), by = fuzz_take_byte(&input);
    char *name = arena_text_of(arena, fuzz_take(&input, "\n"));
    check_name(arena, name);
    name = arena_printf(arena, "%s%s", name, endings[choice % COUNT(endings)]);
    check_name(arena, name);

    const struct content whole = content_of(input), windows = in_windows(&input);
    bool refuse_active = choice & 0x80;
    struct intake a = check(name, &whole, refuse_active), b = check(name, &windows, refuse_active);
    fuzz_promise(a.verdict == b.verdict && a.active == b.active &&
                     text_equal(a.media_type, b.media_type),
                 "a file is the same whole and in windows", intake_message(a.verdict));
    check_moved(arena, input, by);
}
