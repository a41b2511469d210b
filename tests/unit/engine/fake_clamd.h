/* fake_clamd.h - a scanner that is not one: takes documents by the protocol (zINSTREAM) and answers
 * as it was told. */
#pragma once

#include "engine/base/base.h"

#include <pthread.h>
#include <stdatomic.h>

struct fake_clamd {
    const char *reply; /* with its NUL, unless half an answer is wanted */
    size_t reply_size;
    size_t stop_after; /* bytes of the document: then it answers without the rest; 0: all of it */
    bool silent;       /* says nothing until the other goes */

    char path[96]; /* of its socket */
    char folder[64];
    int listener;
    pthread_t thread;
    atomic_int asked; /* how often */
    bool spoke_well;  /* the other, last: zINSTREAM, chunks, an empty one */
    size_t largest, total;
    unsigned sum; /* of the bytes that came last */
};

#define FAKE_REPLY(text) .reply = (text), .reply_size = sizeof(text)

/* What it is to say stands in *fake. Answers one after the other, until it is closed. */
void fake_clamd_open(struct fake_clamd *fake);
void fake_clamd_close(struct fake_clamd *fake);
