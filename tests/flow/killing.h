/* killing.h - an act and its letter, killed at every call that leaves the process: before it,
 * halfway through it, after it (mishap.h has the calls); and done again. Without EVERY_POINT in the
 * environment, at a spread sample of them. */
#pragma once

#include "tests/flow/crash.h"

struct killing;

/* A thing that is asked of the program. Each reads and keeps up killing->letters. */
struct act {
    /* Up to just before it, with a new application. */
    void (*prepare)(struct killing *killing);

    /* Once. False: there was no answer. */
    bool (*perform)(struct killing *killing);

    /* Asks the same once more, until it is acknowledged; fails the test unless that of before was
     * done wholly or not at all, wholly when it was acknowledged, and it is done once now. */
    void (*insist)(struct killing *killing, bool acknowledged);
};

struct killing {
    struct crash crash;
    struct sender sender;
    const struct act *act;
    void *context;       /* the act's */
    struct mishap *page; /* of the process that is killed: the site's, or of a command apart */
    size_t letters;      /* that were asked for */
    int64_t calls[MISHAP_KINDS]; /* that the act and its letter take */
    size_t struck[MISHAP_KINDS], struck_count, tried;
};

/* The program on its way, with letters by that channel, and somebody who sends applications. */
void killing_open(struct killing *killing, const char *channel, const struct act *act);
void killing_close(struct killing *killing);

/* "klage" filled in, in front of "Send". */
void killing_fill_in(struct killing *killing);

/* Until all letters that were asked for are there. */
void killing_wait_for_letters(struct killing *killing);

/* The act once as it goes by itself, to count its calls, and then killed. offset: of the sample,
 * 0 to 3. In the end the oracle is asked; *submissions is how many there are. */
void killing_everywhere(struct killing *killing, int64_t offset, size_t *submissions);
