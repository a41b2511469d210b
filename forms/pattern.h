/* pattern.h - regular expressions for regex(): what W3C XML Schema (appendix F), POSIX extended and
 * JavaScript write alike, matched in time that grows with pattern times value and no faster
 * (security.md S-XP-3): all ways through the pattern are followed at once, none is tried again.
 *
 * Known: characters, `.`, classes [a-z] [^a-z] [[:alpha:]] with ranges and escapes, \d \D \w \W \s
 * \S \t \n \r \uXXXX and a backslash before a sign, ^ and $ (of the value), groups ( ) and (?: ),
 * |, and * + ? {m} {m,} {m,n}, also with ? after them. \w and the like mean ASCII, as in ODK's
 * engines. Refused: references back, looking ahead or behind, \b, \p, possessive +, subtraction of
 * classes. */
#pragma once

#include "engine/base/arena.h"
#include "engine/base/error.h"
#include "forms/limits.h"

struct pattern;

/* What the pattern facet of XML Schema writes (part 2, appendix F), and nothing else: ^ and $ are
 * characters, \d and \w mean Unicode, and there are \i \I \c \C \p{L} \P{L} \p{IsBasicLatin} and
 * classes taken from each other, [a-z-[aeiou]]. */
CHECKED bool pattern_of_schema(struct arena *arena, const char *text, struct pattern **out,
                               struct error *err);

/* ERROR_INVALID or ERROR_LIMIT with a sentence for the author. The text is not kept. */
CHECKED bool pattern_new(struct arena *arena, const char *text, struct pattern **out,
                         struct error *err);

/* Whether the whole value matches. `scratch` is used for a few bytes a state; *steps, unless NULL,
 * is how much work it was: at most states times code points. The value is UTF-8. */
bool pattern_matches(struct arena *scratch, const struct pattern *pattern, const char *value,
                     size_t *steps);
