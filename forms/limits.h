/* limits.h - every number that bounds what a form's author, or a stranger who fills it in, can make
 * grow. Each has a test that goes one past it; README.md has them as a table. */
#pragma once

/* Of a form (security.md S-XML-1). */
enum {
    FORM_MAX_BYTES = 2 * 1024 * 1024,
    FORM_MAX_ROWS = 500,   /* of one repeat, when sk:max does not say otherwise */
    FORM_MOST_ROWS = 5000, /* that sk:max can ask for */
    FORM_MAX_FILES = 20,   /* of one upload, when sk:max-files does not say less */
};

/* Of one person's answers. */
enum {
    ANSWERS_MAX_BYTES = 2 * 1024 * 1024,
    ANSWERS_MAX_VALUE_BYTES = 64 * 1024, /* of one node */
    ANSWERS_MAX_NODES = 50000,
};

/* Of expressions (security.md S-XP-2). Operations are libxml2's steps and comparisons, and what the
 * language's own functions look at. */
enum {
    XPATH_MAX_BYTES = 4 * 1024,
    XPATH_MAX_DEPTH = 32,                          /* of brackets within brackets */
    XPATH_MAX_OPERATIONS = 100 * 1000,             /* of one evaluation: about a millisecond */
    XPATH_MOST_OPERATIONS = 2 * 1000 * 1000,       /* that sk:limit can ask for */
    XPATH_MAX_TOTAL_OPERATIONS = 20 * 1000 * 1000, /* of one recalculation */
    XPATH_MAX_RESULT_BYTES = 64 * 1024,            /* of a text, also inside an expression */
};

/* Of patterns (security.md S-XP-3). */
enum {
    PATTERN_MAX_BYTES = 256,
    PATTERN_MAX_SCHEMA_BYTES = 1024,
    PATTERN_MAX_REPEATS = 1000, /* in { } */
    PATTERN_MAX_STATES = 2000,  /* repeats written out */
    PATTERN_MAX_VALUE_BYTES = 64 * 1024,
};
