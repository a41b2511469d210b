/* texts.h - languages with what they fall back to, and message tables with placeholders and plural.
 * A table is a TSV file in the source folder, compiled in by the CMake function texts_table
 * (texts.cmake); forms/ has one for what is said about answers, render/ and engine/pages/ have one
 * each for the site.
 *
 *   id         nb            nn     en     se       the first is what all others fall back to at
 * last req.text   Skriv {felt}  ...                    tabs between; an empty cell: fall back */
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

/* How far a language is from what was asked for, both BCP 47: 0 the same; less than
 * TEXTS_ANOTHER when it is the same language written for another place ("nn-NO" and "nn", RFC 4647
 * 3.4) or "no" and one of its two; from there on another one, the likelier to be read the nearer:
 *
 *   nb, nn, no      each other
 *   se, smj, sma    bokmål, nynorsk: who reads a Sámi language in Norway went to a school that
 *   and other Sámi  taught Norwegian, while few read another Sámi language than their own
 *   fkv, da, sv,    bokmål, nynorsk, English: learnt at school, or so near that it is read without
 *   fo              having been learnt
 *   all others      English, bokmål, nynorsk: who does not read any of them, is more often helped
 *                   by English than by Norwegian
 *
 * No list of languages is asked for here: whoever has one takes the nearest that has the text, and
 * the first of the list when all are equally far. Tags are compared without regard to case. */
enum { TEXTS_ANOTHER = 100, TEXTS_FAR = 200 };
int texts_distance(const char *wanted, const char *language);

/* The place in the list of the language nearest to what was asked for. */
size_t texts_language(const char *const *languages, size_t count, const char *wanted);

/* Letters, digits and '-' as BCP 47 has them (RFC 5646 2.1), at most 35 bytes: for what comes from
 * a stranger. */
bool texts_is_tag(const char *tag);

/* "rtl" for languages written from right to left, else NULL. */
const char *texts_direction(const char *language);

/* The row of that id in the nearest language that has it; NULL text when the table has none. */
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

/* A language's own name for itself: "Bokmål", "Davvisámegiella", "Українська"; the tag itself when
 * we do not know it. Static or borrowed. */
const char *texts_language_name(const char *language);
