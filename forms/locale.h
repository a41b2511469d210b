/* locale.h - numbers, money, dates, times and sizes as people write them in each language: nb, nn
 * and se alike but for words and the order of a date, en its own way. A language without rules here
 * gets what is read without knowing it: dates in digits, % and NOK, numbers as in nb. Cases:
 * tests/cases/locale.tsv.
 * A no-break space (U+00A0) stands between groups of digits and before kr and kB; minus is U+2212.
 * A value that is not what the function takes comes back as it is. */
#pragma once

#include "engine/base/clock.h"

/* XSD decimal with grouping from four digits: "3764.5" is "3 764,5", in en "3,764.5". */
char *locale_number(struct arena *arena, const char *decimal, const char *language);
char *locale_integer(struct arena *arena, int64_t n, const char *language);

/* Whole kroner or with øre: "41 400 kr", in en "41,400 NOK". */
char *locale_amount(struct arena *arena, const char *kroner, const char *language);

/* "6 prosent", in en "6 per cent". */
char *locale_percent(struct arena *arena, const char *decimal, const char *language);

/* From xsd:date: "7. mars 2022", in en "7 March 2022", in se "njukčamánu 7. b. 2022". */
char *locale_date(struct arena *arena, const char *iso_date, const char *language);

/* For tables and for a text field: "07.03.2022" in every language. */
char *locale_date_compact(struct arena *arena, const char *iso_date);

/* From xsd:time or the time of an xsd:dateTime, to the minute: "14.32", in en "14:32"; and where it
 * stands alone: "kl. 14.32", in en "14:32". */
char *locale_clock(struct arena *arena, const char *iso_time, const char *language);
char *locale_time(struct arena *arena, const char *iso_time, const char *language);

/* From xsd:dateTime as it stands there, in its own zone: "7. mars 2022 kl. 14.32". */
char *locale_moment(struct arena *arena, const char *iso_date_time, const char *language);

/* The same for a moment, in Norway. */
char *locale_moment_at(struct arena *arena, int64_t at, const char *language);
char *locale_date_at(struct arena *arena, int64_t at, const char *language);

/* An organisation number as it is read aloud: "974 761 076". */
char *locale_organisation(struct arena *arena, const char *number);

/* 1 kB is 1000 bytes: "184 kB", "2,4 MB"; under 1000: "312 byte". */
char *locale_size(struct arena *arena, uint64_t bytes, const char *language);

/* "mars", "March", "njukčamánnu"; month from 1. "mandag", "måndag"; weekday 0 is Sunday. In a
 * language without rules here those of nb. Static. */
const char *locale_month(int month, const char *language);
const char *locale_weekday(int weekday, const char *language);

/* "jan.", "Jan"; "man.", "Mon". Static. */
const char *locale_short_month(int month, const char *language);
const char *locale_short_weekday(int weekday, const char *language);
