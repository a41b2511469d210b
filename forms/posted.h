/* posted.h - names of browser fields to places in the answers, and back. Only what is on the page,
 * relevant and writable is taken from a POST; everything else in it is left alone and counted
 * (security.md S-HTTP-7, S-VAL-1). */
#pragma once

#include "forms/answers.h"

/* One field as the browser sent it; a name comes several times for checkboxes. */
struct posted_field {
    const char *name;
    const char *value; /* UTF-8 without NUL */
};

/* The name of a place's field is place_id(). A date shown in three fields has these after it;
 * month as a number or by its name. A group of checkboxes, a checkbox and a group of radio buttons
 * that may be sent empty need no companion: see posted_apply. */
#define POSTED_DAY "-dag"
#define POSTED_MONTH "-maned"
#define POSTED_YEAR "-ar"

/* What to show in a date's three fields: of the stored date, or as they were typed when they were
 * no date. */
void posted_date(struct arena *arena, const struct place *place, const char **day,
                 const char **month, const char **year);

/* What to show in a single text field: types_write_field, or as typed. */
char *posted_text(struct arena *arena, const struct place *place, const char *language);

/* True when an input of this type is shown as three fields: a date whose control does not ask for
 * FORM_CALENDAR, FORM_SINGLE, FORM_MONTH_YEAR or FORM_YEAR. */
bool posted_is_date(const struct form_control *control);

/* Takes what the page's controls were answered, normalises it by type (what cannot be is kept as
 * typed, for validate to find), and recalculates once. Boxes, boxes in groups, and confirmations of
 * the page that were not sent are unticked: browsers send only ticked ones. Radio buttons and other
 * fields that were not sent keep their answer. Uploads are not taken from here.
 *   ignored  how many posted fields, beyond names starting with "_", were not taken; may be NULL
 * ERROR_INVALID when a name for one value comes twice or is no UTF-8; ERROR_LIMIT when too long:
 * then nothing is changed. */
CHECKED bool posted_apply(struct answers *answers, const struct form_page *page,
                          const struct posted_field *fields, size_t count, size_t *ignored,
                          struct error *err);

/* What a POST to this page may answer now, in the page's order; names of fields are place_id(). */
struct posted_place {
    const struct form_control *control;
    struct place *place;
};
size_t posted_places(struct answers *answers, struct arena *arena, const struct form_page *page,
                     struct posted_place **out);

/* The place or row on this page that an id names, when it is shown there; NULL else. For buttons:
 * "fjern:barn-2", "lastopp:lonn". control may be NULL. */
struct place *posted_find(struct answers *answers, const struct form_page *page, const char *id,
                          const struct form_control **control);

/* The repeat on this page that an add button names ("leggtil:barn", "leggtil:barn-2-klubb"), and
 * the place it lies in, as answers_add wants it. False when there is none. */
CHECKED bool posted_find_repeat(struct answers *answers, const struct form_page *page,
                                const char *id, const struct form_control **repeat,
                                struct place **from);

/* The button on this page that was pressed ("trykk:17", "trykk:barn-2-17"), when it is shown and
 * open there, and the place it stands at, as answers_press wants it. False when there is none. */
CHECKED bool posted_find_button(struct answers *answers, const struct form_page *page,
                                const char *id, const struct form_control **button,
                                struct place **from);

/* The id of a FORM_BUTTON, seen from a place in its row, or NULL. */
char *posted_button_id(struct arena *arena, const struct form_control *button,
                       const struct place *from);

/* The id of that button's repeat. */
char *posted_repeat_id(struct arena *arena, const struct form_control *repeat,
                       const struct place *from);
