/* sandbox_idporten_page.h - what people see of the stand-in for ID-porten, in four languages
 * (texts: idporten.tsv): the page of test people, pages about mistakes, and what is round them. */
#pragma once

#include "engine/sandbox/sandbox_world.h"
#include "render/html.h"

#define SANDBOX_IDPORTEN_STYLE_PATH SANDBOX_IDPORTEN_PATH "/idporten.css"
#define SANDBOX_IDPORTEN_LANGUAGE "nb" /* when none is asked for */

#define SANDBOX_IDPORTEN_FIELD_PERSON "pid"
#define SANDBOX_IDPORTEN_FIELD_OTHER "annen" /* a number typed by hand; comes first */
#define SANDBOX_IDPORTEN_FIELD_LEVEL "niva"  /* "idporten-loa-high" */

/* The language if there are texts in it (static), else NULL; what the person has chosen in this
 * browser, or NULL; and the cookie that remembers it. */
const char *sandbox_idporten_language(const char *tag);
const char *sandbox_idporten_chosen_language(const struct request *request);
void sandbox_idporten_choose_language(struct response *response, const char *language);

/* A text of idporten.tsv. */
const char *sandbox_idporten_say(const char *language, const char *id);

/* Round every page. menu: whether the language can be changed here. */
void sandbox_idporten_page_begin(struct html *html, const char *language, const char *title,
                                 bool menu);
void sandbox_idporten_page_end(struct html *html, const char *language);

/* The page of test people. */
struct sandbox_idporten_choice {
    const struct sandbox_idporten_asked *asked;
    const char *typed; /* by hand */
    const char *wrong; /* id of the text that says so, or NULL */
};
void sandbox_idporten_choice_page(struct request *request, struct response *response, int status,
                                  const struct sandbox_idporten_choice *choice);

/* response_mode=form_post without a script: a button sends the words to the client. */
void sandbox_idporten_post_page(struct request *request, struct response *response,
                                const struct sandbox_idporten_asked *asked,
                                const struct request_pair *words, size_t count);

/* Something is wrong, and the browser is not sent on. detail: for developers, or NULL. */
void sandbox_idporten_trouble(struct request *request, struct response *response, int status,
                              const char *detail);

/* The same under another title of idporten.tsv. */
void sandbox_idporten_tell(struct request *request, struct response *response, int status,
                           const char *title, const char *detail);

void sandbox_idporten_style(void *context, struct request *request, struct response *response);
