/* cmd_outline.c - what a form asks, as text for those who approve it without reading XML. */
#include "engine/commands.h"
#include "engine/words.h"
#include "forms/package.h"
#include "forms/summary.h"

#include <stdio.h>

static const char about[] =
    "Writes what a form asks, as text of 80 columns for those who approve it without reading\n"
    "XML: start page, pages and questions with choices and conditions, what is calculated,\n"
    "what is sent and how long it is kept. FORM is the form's folder.\n"
    "\n"
    "Example: skjema outline examples/hello\n"
    "\n"
    "Ends with 0 when it is written, 1 when the form has mistakes, 2 when these words are wrong.\n";

static bool write_summary(const char *folder, const char *language, struct buf *out,
                          struct error *err)
{
    CLEANUP(package_close) struct package *package = NULL;
    if (!package_open(folder, &package, err))
        return false;
    if (!package->form)
        return error_at(err, ERROR_INVALID, folder, 0, "has mistakes: skjema lint tells which");
    size_t count;
    summary_write(package->form, language ? language : form_languages(package->form, &count)[0],
                  out);
    return true;
}

int cmd_outline(int count, char **words)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    const char *language = NULL;
    const struct words_option options[] = {
        {"language", "LANG", "nb, nn, se, en ...; else the form's first", &language, NULL},
    };
    const struct words_command command = {"outline", "FORM [--language LANG]", about, options,
                                          COUNT(options)};
    const char **rest = ARENA_ARRAY(arena, (size_t)count + 1, const char *);
    size_t rest_count;
    if (!words_take(arena, count, words, &command, NULL, rest, &rest_count))
        return 2;
    if (rest_count != 1) {
        fprintf(stderr, "skjema outline: it takes one form's folder. See: skjema outline --help\n");
        return 2;
    }
    struct buf out;
    buf_init(&out, arena);
    struct error err;
    if (!write_summary(words_folder(arena, rest[0]), language, &out, &err)) {
        fprintf(stderr, "skjema outline: %s%s%s\n", err.file, *err.file ? ": " : "", err.text);
        return 1;
    }
    struct bytes text = buf_bytes(&out);
    return fwrite(text.data, 1, text.size, stdout) == text.size ? 0 : 1;
}
