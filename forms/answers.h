/* answers.h - one person's answers to a form: an XML instance with, for each node, whether it is
 * relevant, required, readonly and valid. Every change leaves it recalculated (recalc.h). Belongs
 * to one thread at a time; the form is shared. */
#pragma once

#include "engine/base/error.h"
#include "forms/place.h"

struct answers;

/* Empty answers, with what the form has in its instance; today() and now() say that moment (Unix
 * seconds) in Norway. */
struct answers *answers_open(const struct form *form, int64_t now);

/* The same, speaking that language from the start, also in what setvalue puts there. */
struct answers *answers_open_in(const struct form *form, int64_t now, const char *language);

/* Whose language jr:itext() and jr:choice-name() speak in calculations, and typed numbers are read
 * in: the form's nearest to that one; its first until this is called. Calculates again what is said
 * otherwise in it, which is no event. */
void answers_speak(struct answers *answers, const char *language);

/* How organisations are called in what is said to people, "Skatteetaten (974 761 076)"; until then
 * by number. context outlives the answers. */
typedef const char *answers_organisation(const void *context, struct arena *arena,
                                         const char *number);
void answers_name_organisations(struct answers *answers, answers_organisation *name,
                                const void *context);

/* From what answers_write gave, for the same form; places the form no longer has are left out, new
 * ones are added. ERROR_INVALID when it is not an instance of the form, ERROR_LIMIT when too big.
 */
CHECKED bool answers_load(const struct form *form, int64_t now, struct bytes xml,
                          struct answers **out, struct error *err);
void answers_close(struct answers **answers);

enum answers_use {
    ANSWERS_DRAFT, /* everything, hidden answers and ids of rows too */
    ANSWERS_SENT,  /* only what is relevant, nothing of ours but documents' attributes */
};

/* As XML, in the arena. */
struct bytes answers_write(struct answers *answers, struct arena *arena, enum answers_use use);

const struct form *answers_form(const struct answers *answers);

/* The day that today() says, as days since 1970. */
int64_t answers_today(const struct answers *answers);

/* Calculates everything from the start, as is done before sending. */
void answers_recalculate(struct answers *answers);

/* The same, and gives a field that was otherwise before: with another value, hidden or not, or with
 * other rows. NULL: all was as it is from the start, as it must be. */
const struct form_field *answers_recheck(struct answers *answers);

/* What expressions may take of this thread's processor time from here on, of all answers together:
 * for who serves requests; 0: as long as they take. What would take longer fails as one that takes
 * too many operations does: answers_trouble tells, and what people have answered stays. */
void answers_limit_time(int processor_ms);

/* The first expression that failed since opening, by its limit or otherwise; NULL: none. What it
 * decides is then decided to the safe side (relevant, required, not valid). */
const struct error *answers_trouble(const struct answers *answers);

/* ---- Finding places ---- */

struct place *answers_root(const struct answers *answers);

/* The place of a field as seen from a place: in the same row, for what they have in common; NULL
 * from: the root. For a repeat inside, the first row. NULL when that repeat has no row. */
struct place *answers_at(const struct answers *answers, const struct form_field *field,
                         const struct place *from);

/* The place a control shows, seen from a row or NULL; for one without a field, `from` itself, or
 * the root. This is what the place_ functions below are asked about. */
struct place *answers_shown(const struct answers *answers, const struct form_control *control,
                            const struct place *from);

/* Visits the places of a field, in all rows. */
void answers_each(struct answers *answers, const struct form_field *field, place_visitor visit,
                  void *context);

/* By path with positions: "/data/barn[2]/navn"; [1] may be left out. NULL when there is none. */
struct place *answers_find(const struct answers *answers, const char *path);

/* ---- Reading ---- */

/* Relevant, and shown by itself or by what is below: a group with nothing to show is not. */
bool answers_is_shown(struct answers *answers, const struct form_control *control,
                      const struct place *from);
bool answers_page_is_shown(struct answers *answers, const struct form_page *page);

/* Shown, and not in a case of a switch that is closed now: what is closed is asked and sent like
 * the rest, and only not on the page (XForms 1.1, 9.2). Asked of a control whose parents are. */
bool answers_is_open(struct answers *answers, const struct form_control *control,
                     const struct place *from);

/* A text in that language with values filled in, read at that place (NULL: the root). */
struct form_shown answers_show(struct answers *answers, struct arena *arena,
                               const struct form_text *text, const struct place *at,
                               const char *language);

/* What an output shows: its field's value or its expression's, as people write it. */
struct form_shown answers_output(struct answers *answers, struct arena *arena,
                                 const struct form_control *control, const struct place *from,
                                 const char *language);

/* An answer as people read it: labels of what was chosen, a date in words; "" when not answered. */
struct form_shown answers_read(struct answers *answers, struct arena *arena,
                               const struct form_control *control, const struct place *place,
                               const char *language);

struct answers_choice {
    const char *value;
    struct form_shown label;
    bool chosen;
};

/* What can be chosen now, in order. */
size_t answers_choices(struct answers *answers, struct arena *arena,
                       const struct form_control *control, const struct place *place,
                       const char *language, struct answers_choice **out);

/* The part of a select's value that can be chosen now: all of it, some of its words, or "". NULL
 * when that cannot be known, which answers_trouble tells. What choices are called is not asked. */
char *answers_offered(struct answers *answers, struct arena *arena,
                      const struct form_control *control, const struct place *place,
                      const char *value, bool *all);

/* ---- Changing ---- */

/* Stores the value as it is (posted.h and types.h read what people type), and recalculates. A
 * calculated or hidden place takes it too; who may write is posted.h's question. ERROR_LIMIT. */
CHECKED bool answers_set(struct answers *answers, struct place *place, const char *value,
                         struct error *err);

/* Stores what was fetched (sk:prefill), with its source (prefill.h) and date (xsd:date); origin
 * NULL: nothing is known any more. Failures as answers_set, which makes the answer the person's own
 * when it changes it. */
CHECKED bool answers_prefill(struct answers *answers, struct place *place, const char *value,
                             const struct place_origin *origin, struct error *err);

/* Several in one go: recalculates once, at the last end. Nests. */
void answers_begin(struct answers *answers);
void answers_end(struct answers *answers);

/* The press of a FORM_BUTTON: its actions in order, then everything recalculated (XForms 1.1, 10).
 * What they cannot do (a row too many, a place that is readonly) is left out; rounds without end
 * are stopped, which answers_trouble tells. Places may be gone afterwards.
 *   from  the place the button stands at, or NULL */
void answers_press(struct answers *answers, const struct form_control *button, struct place *from);

/* ---- Rows ---- */

/* Rows of a repeat within the row `from` lies in (NULL: the root), in order. */
size_t answers_rows(const struct answers *answers, struct arena *arena,
                    const struct form_control *repeat, const struct place *from,
                    struct place ***out);

/* "barn-2": which row a button is about; NULL when it is gone. */
struct place *answers_row_find(const struct answers *answers, const char *id);

/* Whether the person may: jr:noAddRemove, sk:min, sk:max, and how many rows there can be. */
bool answers_can_add(struct answers *answers, const struct form_control *repeat,
                     const struct place *from);
bool answers_can_remove(struct answers *answers, const struct form_control *repeat,
                        const struct place *row);

/* One more row, last. ERROR_LIMIT when there are too many. */
CHECKED bool answers_add(struct answers *answers, const struct form_control *repeat,
                         const struct place *from, struct place **out, struct error *err);

/* The row and everything in it. */
void answers_remove(struct answers *answers, struct place *row);

/* ---- Documents ---- */

/* Adds one; one with the same document id is replaced. ERROR_LIMIT past sk:max-files. */
CHECKED bool answers_attach(struct answers *answers, struct place *upload,
                            const struct attachment_info *info, struct error *err);

/* False when there was none with that id. */
bool answers_detach(struct answers *answers, struct place *upload, const char *document);

/* "I will send it later": satisfies `required` and leaves a task. Takes attachments away. */
void answers_send_later(struct answers *answers, struct place *upload, bool later);

/* By which day (xsd:date) what is sent later is expected: told to who reads the answers, and to
 * expressions, as sk:expected. */
void answers_expect(struct answers *answers, struct place *upload, const char *date);
