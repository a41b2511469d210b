/* submission.h - what a `submission` of a form says is sent: method, address, headers and body, or
 * why nothing is (XForms 1.1, 11). Pure: nobody is called. The program's own delivery decides where
 * answers go and does not read this; it is here for forms that are held against the standard. */
#pragma once

#include "forms/answers.h"

/* Attributes and children of a `submission`. */
struct submission;

/* By id; "": the first. NULL when there is none. */
const struct submission *submission_find(const struct form *form, const char *id);

enum submission_replace {
    SUBMISSION_REPLACE_ALL, /* the answer is shown instead of the form */
    SUBMISSION_REPLACE_INSTANCE,
    SUBMISSION_REPLACE_NOTHING, /* none, or a text */
};

/* What is done with the answer; *instance: the id of the instance it replaces, "" the answers. */
enum submission_replace submission_replaces(const struct submission *submission,
                                            const char **instance);

struct submission_header {
    const char *name, *value;
};

struct submission_request {
    const char *method;                      /* HTTP's: "POST" */
    const char *address;                     /* as the form says, with what goes in its query */
    const struct submission_header *headers; /* Content-Type among them when there is a body */
    size_t header_count;
    struct bytes body; /* data NULL: none */
};

/* Types of xforms-submit-error (XForms 1.1, 11.5) that happen before anything is sent. */
enum submission_error {
    SUBMISSION_OK,
    SUBMISSION_NO_DATA,          /* nothing is bound, or nothing of it is relevant */
    SUBMISSION_VALIDATION_ERROR, /* something of it is not valid */
    SUBMISSION_RESOURCE_ERROR,   /* it does not say where to */
};

/* "no-data"... Static. */
const char *submission_error_word(enum submission_error error);

/* What would be sent now; all of it in the arena. *out only with SUBMISSION_OK. */
enum submission_error submission_make(struct answers *answers, struct arena *arena,
                                      const struct submission *submission,
                                      struct submission_request *out);
