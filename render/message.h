/* message.h - the texts of the site itself, from messages.tsv (a table of forms/texts.h, built in).
 * An id that is not there is a mistake by us: assert. */
#pragma once

#include "forms/texts.h"

/* render/messages.tsv. Made by the build. */
extern const struct texts_table texts_site;

/* The text in that language or the one it falls back to. Static memory. */
const char *message(const char *language, const char *id);

/* With placeholders filled in, names and values in turn:
 * message_with(arena, "nb", "ui.step", "n", "2", "m", "4") is "Steg 2 av 4". */
#define message_with(arena, language, id, ...)                                                     \
    message_with_words(arena, language, id, (const char *const[]){__VA_ARGS__},                    \
                       sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))
const char *message_with_words(struct arena *arena, const char *language, const char *id,
                               const char *const *words, size_t count);

/* The row "id.1" for one, else "id.n", with {n} filled in. */
const char *message_count(struct arena *arena, const char *language, const char *id, int64_t n);
