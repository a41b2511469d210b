/* recalc_order.h - what must be calculated before what: once, when a form is loaded. */
#pragma once

#include "forms/finding.h"
#include "forms/form_inside.h"

/* Makes the form's rules and who reads which field, and orders the rules so that each stands after
 * those whose outcome it reads (XForms 1.1, 4.3.6 and appendix D). A circle is an error that names
 * every bind in it. Also marks fields that any expression reads (is_read). Needs the expressions'
 * trees. */
void recalc_order(struct form *form, struct arena *scratch, const char *file,
                  struct finding_list *findings);
