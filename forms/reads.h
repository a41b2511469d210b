/* reads.h - which fields an expression reads, seen from a field: found by walking its paths over
 * the fields of the form, all rows of a repeat at once. Errs on the side of reading more. */
#pragma once

#include "forms/form_inside.h"

struct read {
    const struct form_field *field;
    int depth;  /* both places have the same ancestor at this depth, so a row reads only itself */
    bool value; /* its text; else only that it is there, or where */
};

struct reads;

/* For one form; the memory is scratch's. */
struct reads *reads_new(struct arena *scratch, const struct form *form);

/* What the expression reads when evaluated at `from` (NULL: at no field at all, as in a secondary
 * instance). Each field at most twice, as value and as presence. Valid until the next call. */
const struct read *reads_find(struct reads *reads, const struct xpath_tree *tree,
                              const struct form_field *from, size_t *count);

/* The fields a node-set expression names, from a field. Valid until the next call. */
const struct read *reads_resolve(struct reads *reads, const struct xpath_tree *tree,
                                 const struct form_field *from, size_t *count);
