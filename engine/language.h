/* language.h - in which language people are answered: the one they chose on this device (a cookie
 * with nothing but its tag), else the one their draft is in, else what their browser prefers. What
 * there is no text in falls back as forms/texts.h says. */
#pragma once

#include "engine/http/request.h"
#include "engine/http/response.h"
#include "forms/form.h"

struct language_wish {
    const char *chosen;  /* by the person, BCP 47; NULL: nothing yet */
    const char *accepts; /* Accept-Language (RFC 9110, 12.5.4), or "" */
};

struct language_wish language_wish_of(const struct request *request);

/* The languages the site is written in, in the order they are offered. */
const char *const *language_site(size_t *count);

/* The nearest of a list; borrowed from it. */
const char *language_of(struct arena *arena, const struct language_wish *wish,
                        const char *const *offered, size_t count);

/* The form's language for that wish. draft: the language the draft is in, or NULL; it goes before
 * what the browser says. */
const char *language_of_form(struct arena *arena, const struct language_wish *wish,
                             const struct form *form, const char *draft);

/* What is offered on pages of that form: its own languages, those of the site first and in the
 * site's order. */
const char *const *language_offered(struct arena *arena, const struct form *form, size_t *count);

/* The language a press or link of the menu asked for: the field FRAME_FIELD_LANGUAGE of a form, or
 * LANGUAGE_QUERY in the address. NULL when there is none, or when it is no tag. */
#define LANGUAGE_QUERY "lang"
const char *language_asked_for(const struct request *request);

/* Remembers it for a year. */
void language_remember(struct response *response, const char *language);
