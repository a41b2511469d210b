/* validate.h - answers against form: what is missing or wrong, said to the person who answers. */
#pragma once

#include "forms/answers.h"
#include "forms/finding.h"

enum validate_reason {
    VALIDATE_OK,
    VALIDATE_REQUIRED,
    VALIDATE_TYPE,
    VALIDATE_CONSTRAINT, /* also sk:min, sk:max and sk:match */
};

/* Why the place is not valid now; a place that is not relevant is. XForms 1.1 4.3.5: in this order.
 */
enum validate_reason validate_place(struct answers *answers, const struct place *place);

/* Adds a finding for every control of the page that is relevant and not valid, in the order shown;
 * its place is place_path(). The text is the author's (jr:requiredMsg, jr:constraintMsg, alert),
 * else from the table with the control's short name, in form_site_language. */
void validate_page(struct answers *answers, const struct form_page *page, const char *language,
                   struct finding_list *findings);

/* Whether validate_page would find nothing: for who only wants to know that, at less cost. */
bool validate_page_is_done(struct answers *answers, const struct form_page *page);

/* Every page that is shown, after calculating everything from the start: what is done at sending
 * (security.md S-VAL-1). Also places with a bind but no control, so that nothing passes unseen. */
void validate_all(struct answers *answers, const char *language, struct finding_list *findings);

/* The page where a place is shown, to lead a finding's reader there; NULL when it is on none. */
const struct form_page *validate_page_of(const struct form *form, const struct form_field *field);
