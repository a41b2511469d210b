/* fill.h - one request for a step: what fill.c, which shows and saves it, and press.c, which does
 * what its buttons say, have in common. */
#pragma once

#include "engine/open_draft.h"
#include "engine/visitor.h"
#include "forms/finding.h"

struct note;

struct fill {
    struct visitor *visitor;
    struct db *db;
    struct request *request;
    struct response *response;
    struct open_draft draft;
    const struct form_page *page;
    struct finding_list findings;
    size_t early_count;       /* how many of them, the last: see struct step */
    const struct note *note;  /* what to tell at the top or beside a list; NULL: nothing */
    const char *focus, *said; /* of a partial answer: see struct step */
};
