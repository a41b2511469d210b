/* text.h - UTF-8: check, trim, fold, cut. */
#pragma once

#include "engine/base/arena.h"

/* True when the bytes are well-formed UTF-8 without surrogates and over-long forms (RFC 3629 4).
 * NUL counts as a character; callers that keep C strings refuse it themselves. */
bool text_is_utf8(struct bytes bytes);

/* Reads the code point at *at and moves *at past it; at a broken sequence gives U+FFFD and moves
 * one byte. At the NUL it gives 0 and stays. */
uint32_t text_next(const char **at);

/* Takes what is no UTF-8 out of a text, in place: where "%.40s" cut a character. */
void text_drop_broken(char *text);

/* Number of code points. */
size_t text_length(const char *text);

/* A copy without white space (Unicode White_Space, with U+00A0 and U+FEFF) at both ends. */
char *text_trim(struct arena *arena, const char *text);

/* A copy where every run of XML white space is one space, none at the ends. */
char *text_collapse(struct arena *arena, const char *text);

/* A copy with at most so many code points, ending in "…" when something was cut. */
char *text_cut(struct arena *arena, const char *text, size_t max_code_points);

/* A copy for comparing: ASCII, Latin-1 and Latin Extended-A letters in lower case. */
char *text_fold(struct arena *arena, const char *text);

/* A copy for searching: as text_fold, and letters without their marks in ASCII ("Søknad" becomes
 * "soknad", "mearrádus" "mearradus", however they were composed). */
char *text_plain(struct arena *arena, const char *text);

/* A copy in Unicode's composed form (NFC, UAX #15): "å" is one code point, however it was typed.
 * What is no UTF-8 stays as it is, as a whole. */
char *text_composed(struct arena *arena, const char *text);

/* A copy whose first letter is a capital: for "{Felt}" in messages. Same alphabet as text_fold. */
char *text_capital(struct arena *arena, const char *text);

/* Whether the list of words, with XML white space between them, has that one. */
bool text_has_word(const char *list, const char *word);

bool text_equal(const char *a, const char *b); /* NULL equals only NULL */
bool text_is_empty(const char *text);          /* NULL or "" */
bool text_starts_with(const char *text, const char *start);
bool text_ends_with(const char *text, const char *end);
