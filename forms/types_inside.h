/* types_inside.h - the readers of types.c: from what people type to what is stored. */
#pragma once

#include "forms/types.h"

enum { TYPES_MAX_DIGITS = 15 }; /* a double holds any integer of so many digits */

/* What a reader of one type works with. It returns false with the problem filled. */
struct types_reading {
    struct arena *arena;
    const char *language;
    const char *stored;
    struct types_problem problem;
};

bool types_read_text(struct types_reading *reading, const char *typed);
bool types_read_email(struct types_reading *reading, const char *typed);
bool types_read_uri(struct types_reading *reading, const char *typed);
bool types_read_boolean(struct types_reading *reading, const char *typed);
bool types_read_int(struct types_reading *reading, const char *typed);
bool types_read_belop(struct types_reading *reading, const char *typed);
bool types_read_decimal(struct types_reading *reading, const char *typed);
bool types_read_date(struct types_reading *reading, const char *typed);
bool types_read_time(struct types_reading *reading, const char *typed);
bool types_read_date_time(struct types_reading *reading, const char *typed);
bool types_read_fnr(struct types_reading *reading, const char *typed);
bool types_read_orgnr(struct types_reading *reading, const char *typed);
bool types_read_konto(struct types_reading *reading, const char *typed);
bool types_read_postnr(struct types_reading *reading, const char *typed);
bool types_read_telefon(struct types_reading *reading, const char *typed);

/* What is stored, strictly. */
bool types_is_email(const char *text);
bool types_is_uri(const char *text);
bool types_are_digits(const char *text);
