/* xpath_rewrite.h - checks the names in an expression and writes it as libxml2 is to compile it,
 * for xpath.c. */
#pragma once

#include "forms/xpath.h"

/* What libxml2 means otherwise is replaced: `<` and its like and arithmetic compare and count
 * dates, instance() gives what the next step needs, indexed-repeat() becomes predicates where it
 * can. *out  in `scratch`; NULL when the tree can stand as it is ERROR_INVALID for a function,
 * prefix, instance or variable that is not there, a number of arguments or a pattern that cannot
 * be. */
CHECKED bool xpath_rewrite(struct arena *scratch, const struct xpath_world *world,
                           const struct xpath_tree *tree, struct xpath_tree **out,
                           struct error *err);

/* Whether the tree is true or false whatever the answers are. */
enum xpath_constant xpath_rewrite_truth(const struct xpath_tree *tree);
