/* frame.h - round every page: skip link, header, messages, footer. */
#pragma once

#include "render/html.h"

/* Names of fields that every form of the site may carry. The token stands first (S-CSRF-1). */
#define FRAME_FIELD_CSRF "_csrf"

/* What the buttons of the menu of languages send, beside all that the page's form holds: a BCP 47
 * tag. Whoever takes the form saves it, and shows the page again in that language. */
#define FRAME_FIELD_LANGUAGE "_sprak"

/* Where things are. */
#define FRAME_PATH_FRONT "/"
#define FRAME_PATH_MY_PAGE "/min-side"
#define FRAME_PATH_LOGIN "/logg-inn"
#define FRAME_PATH_LOGOUT "/logg-ut"
#define FRAME_PATH_ACCESSIBILITY "/tilgjengelighet"
#define FRAME_PATH_PRIVACY "/personvern"

/* Who runs the site. */
struct frame_agency {
    const char *name, *number; /* number: nine digits */
    const char *address, *phone, *email;
    const char *logo, *logo_dark; /* addresses of pictures; NULL: a mark of ours, one for both */
    double logo_ratio;            /* how many times as wide as high */
    const char *icon;             /* address, for the browser's tab; NULL: ours */
    const char *colours;          /* address of a stylesheet after ours; NULL: none */
};

/* What every page of one request has in common; page functions get it with what they show. */
struct frame {
    const char *language;         /* BCP 47, what the site says is in: "nb" */
    const char *reading;          /* what texts of forms are asked for in; NULL: the same */
    const char *const *languages; /* what the menu of languages offers, in order */
    size_t language_count;        /* fewer than two: no menu */
    const char *lacking;          /* chosen, but the form has no such texts; or NULL */
    const struct frame_agency *agency;
    const char *user_name; /* "": whose name is not known; NULL: not logged in */
    const char *csrf;      /* token of this session for every form; NULL: none */
    int64_t now;           /* Unix seconds: "i dag kl. 14.39" */
    int64_t ends_at;       /* when the session ends if nothing more is done; 0: not logged in */
    bool refreshes;        /* the person asked pages that wait to load themselves again */
    bool sandbox;          /* the test band */
    bool partial;          /* htmx asks: only a title and what stands in main are written */
};

/* How one page differs from the others. */
struct frame_page {
    const char *title;   /* most specific part first; the agency's name is added */
    const char *about;   /* stands between: what form it belongs to; NULL: nothing does */
    int error_count;     /* > 0: the title begins with "Feil (5): " */
    bool has_uploads;    /* with the script that shows how far an upload has come */
    bool is_live;        /* with htmx: parts of it are exchanged without loading it anew */
    const char *refresh; /* address to load after refresh_s, if the person asked for it; or NULL */
    int refresh_s;
    bool posts;                           /* the content is one form: frame_main_form */
    const char *press_name, *press_value; /* of what Enter in that form presses; or NULL */
    bool wide;                            /* 60 rem instead of 46 */
    bool bare;                            /* no column: the page has its own (start page) */
    bool my_page;                         /* "Min side" is where we are */
};

/* Writes all until and with the start of the column in main; frame_end the rest. Between them the
 * page writes its content. */
void frame_begin(struct html *html, const struct frame *frame, const struct frame_page *page);
void frame_end(struct html *html, const struct frame *frame, const struct frame_page *page);

/* On pages of a form, that it has no texts in the language that was chosen: said in that language,
 * when the site has it (design.md section 10). Written by frame_begin, but on a page that is bare.
 */
void frame_lacking(struct html *html, const struct frame *frame);

/* In a partial answer, after its content: what is said about it; NULL or "": nothing. */
void frame_say(struct html *html, const struct frame *frame, const char *text);

/* <form method="post">, with the token as its first field. Closed by html_close.
 *   class  or NULL    multipart  for forms with files */
void frame_form(struct html *html, const struct frame *frame, const char *action,
                const char *class_names, bool multipart);

/* The same for the form that a page is about, on a page that `posts`. The menu of languages is then
 * buttons of this form, by HTML's form attribute, so that a change of language loses nothing; since
 * they come first on the page, the token and the button that Enter presses stand before them, in
 * the header (HTML, 4.10.21.2 implicit submission; S-CSRF-1). */
void frame_main_form(struct html *html, const char *action, const char *class_names,
                     bool multipart);

/* The same on a page that is_live: htmx posts it, and puts the answer's main into the page. Posts
 * of one page wait for each other, since each needs the revision that the one before gave. */
void frame_live_form(struct html *html, const char *action, const char *class_names,
                     bool multipart);

/* Ids that begin with '_' are no field's. What a page that is_live says to a screen reader when a
 * part of it was exchanged. */
#define FRAME_SAID_ID "_melding"

enum frame_tone { FRAME_INFO, FRAME_SUCCESS, FRAME_WARNING, FRAME_DANGER };

/* A message box; title may be NULL, status makes it a role=status. */
void frame_message(struct html *html, enum frame_tone tone, const char *title, const char *text,
                   bool status);

/* A message box with more in it: its start; closed by html_close. */
void frame_message_begin(struct html *html, enum frame_tone tone, bool status);

/* On a page that waits: the link that makes it load itself again, or stops that. It does so only
 * when asked, since it takes a reader's place and time (WCAG 2.2.1, failure F41). */
#define FRAME_REFRESH_QUERY "oppdater" /* with the value "ja": frame->refreshes */
void frame_refresh_link(struct html *html, const struct frame *frame,
                        const struct frame_page *page);

/* A word in a coloured box, with an icon's name or NULL. */
void frame_tag(struct html *html, const char *color, const char *icon, const char *text);

/* One of icons.svg: "check", "doc", "mail"...; never carries meaning alone. */
void frame_icon(struct html *html, const char *name);

/* A link that looks like a button; variant NULL (primary), "secondary" or "tertiary"; icon or NULL.
 */
void frame_link_button(struct html *html, const char *address, const char *variant,
                       const char *icon, const char *text);

/* A submit button; id, name and value or NULL; hidden: words only a screen reader hears, or NULL.
 */
struct frame_button {
    const char *id, *name, *value;
    const char *address; /* where it posts its form to; NULL: where the form says */
    const char *variant; /* NULL: primary */
    const char *color;   /* NULL, or "danger" */
    const char *size;    /* NULL, or "sm" */
    const char *icon, *text, *hidden;
    const char *hidden_language; /* what hidden is in; NULL: the page's */
    bool no_validate;
    bool once; /* busy when it was pressed, for those with script */
};
void frame_button(struct html *html, const struct frame_button *button);

/* "kl. 14.32" in Norway. */
char *frame_clock(struct arena *arena, int64_t at, const char *language);

/* What texts of forms are asked for in: frame->reading, or the page's language. */
const char *frame_reading(const struct frame *frame);

/* The lang attribute of a text: NULL when it is the page's language. */
const char *frame_lang(const struct frame *frame, const char *language);

/* A text that may be in another language than the page: then it stands in a span that says so.
 * language NULL: the page's, or nobody's, as a name. */
void frame_text_in(struct html *html, const struct frame *frame, const char *text,
                   const char *language);

/* A message with such a text in the place of its {name}. */
void frame_message_in(struct html *html, const struct frame *frame, const char *id,
                      const char *name, const char *text, const char *language);

/* The same, with what else there is in it. */
struct texts_arg;
void frame_message_in_with(struct html *html, const struct frame *frame, const char *id,
                           const char *name, const char *text, const char *language,
                           const struct texts_arg *others, size_t count);

/* Whether both lie in the same day in Norway. */
bool frame_is_today(int64_t at, int64_t now);

/* "tel:+4722334455" from a number with spaces. */
char *frame_phone_address(struct arena *arena, const char *phone);
