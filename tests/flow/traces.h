/* traces.h - what becomes of one application, as the database has it: whether it was withdrawn or
 * decided on is told in five places, all or none of which say so. */
#pragma once

#include "tests/flow/hand.h"

enum traces_of { TRACES_WITHDRAWN, TRACES_DECIDED };

/* Wholly: 1; not at all: 0. Fails the test when it is between, or more than once. */
int64_t traces_count(struct hand *hand, enum traces_of what, const char *submission_id);
