/* texts.h - message tables: languages with fallback, placeholders, plural. A table is a TSV file in
 * the source folder, compiled in by the CMake function texts_table (texts.cmake); forms/ has one
 * for what is said about answers, render/ one for the site.
 *
 *   id <tab> nb <tab> nn <tab> en <tab> se      the first language is the one all others fall back
 * to req.text <tab> Skriv {felt} <tab> ...       an empty cell: fall back */
#pragma once

#include "engine/base/arena.h"

struct texts_table {
    const char *const *languages; /* BCP 47, as in the file's first line */
    size_t language_count;
    const char *const *ids; /* in strcmp order */
    size_t id_count;
    const char *const *cells; /* id_count rows of language_count; "" where there is no text */
};

/* What is said about answers: forms/messages.tsv. Made by the build. */
extern const struct texts_table texts_fields;

/* A text and the language it really is in, for its lang attribute. Borrowed from table or arena. */
struct texts_text {
    const char *text;
    const char *language;
};

/* For "{name}" in a message; "{Name}" is the same with a capital first letter. */
struct texts_arg {
    const char *name;
    const char *value;
};

/* The place of the language in the list: itself ("nn"), its base ("nn-NO" is nn), a language people
 * who asked for it also read ("no" is nb), or 0, the first. */
size_t texts_language(const char *const *languages, size_t count, const char *wanted);

/* The row of that id, or NULL text when the table has none. */
struct texts_text texts_find(const struct texts_table *table, const char *id, const char *language);

/* The same for an id that the program itself names: assert that there is one. With the placeholders
 * filled in; one without an argument stays as it is. Values are put in as they are: what the text
 * goes into does the escaping. */
struct texts_text texts_say(struct arena *arena, const struct texts_table *table, const char *id,
                            const char *language, const struct texts_arg *args, size_t arg_count);

/* The row "id.1" for one, else "id.n", with {n} filled in as that language writes numbers. */
struct texts_text texts_count(struct arena *arena, const struct texts_table *table, const char *id,
                              const char *language, int64_t n, const struct texts_arg *args,
                              size_t arg_count);

/* Placeholders in any text, e.g. an author's own message. */
char *texts_fill(struct arena *arena, const char *text, const struct texts_arg *args,
                 size_t arg_count);

/* A language's own name for itself: "Bokmål", "Nynorsk", "English", "Davvisámegiella"; the tag
 * itself when it is another. Static or borrowed. */
const char *texts_language_name(const char *language);
