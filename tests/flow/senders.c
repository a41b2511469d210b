#include "tests/flow/senders.h"

#include "tests/flow/crash.h"

#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { REST_MS = 10, MOST_REFUSALS = 500 };

static const char *const names[SENDERS] = {"Ingrid Fjeld",   "Jonas Lie Berg", "Oddny Hauge",
                                           "Gerd Nilsen",    "Siri Vik",       "Ingrid Fjeld",
                                           "Jonas Lie Berg", "Oddny Hauge"};

struct work {
    struct senders *senders;
    struct sender *sender;
};

/* What was pressed must be acknowledged some time: who is told all the time that there is no such
 * draft has lost it. */
static void complain(const struct sender *sender)
{
    char why[160];
    snprintf(why, sizeof why, "what %s has sent is not acknowledged: %d, again and again",
             sender->person, browser_status(sender->browser));
    crash_give_up(why);
}

static void *go_on_sending(void *context)
{
    struct work work = *(struct work *)context;
    struct sender *sender = work.sender;
    int refusals = 0;
    free(context);
    while (!atomic_load(&work.senders->is_over) || (sender->is_ready && sender->has_pressed)) {
        const bool sends = sender->is_ready;
        bool went_well = sends ? sender_send(sender) : sender_prepare(sender);
        if (sends && went_well)
            atomic_fetch_add(&work.senders->acknowledged, 1);
        bool was_refused = !went_well && sender->is_ready && sender->has_pressed &&
                           browser_status(sender->browser) != 0;
        refusals = was_refused ? refusals + 1 : 0;
        if (refusals > MOST_REFUSALS)
            complain(sender);
        if (!went_well)
            nanosleep(&(struct timespec){.tv_nsec = REST_MS * 1000000L}, NULL);
    }
    return NULL;
}

void senders_start(struct senders *senders, const struct server_under_test *server)
{
    xmlInitParser();
    atomic_store(&senders->is_over, false);
    atomic_store(&senders->acknowledged, 0);
    for (size_t i = 0; i < SENDERS; i++) {
        struct work *work = malloc(sizeof *work);
        if (!work)
            abort();
        *work = (struct work){senders, &senders->at[i]};
        sender_open(work->sender, server, names[i], crash_give_up);
        pthread_create(&senders->threads[i], NULL, go_on_sending, work);
    }
}

void senders_finish(struct senders *senders)
{
    atomic_store(&senders->is_over, true);
    for (size_t i = 0; i < SENDERS; i++)
        pthread_join(senders->threads[i], NULL);
}

void senders_close(struct senders *senders)
{
    for (size_t i = 0; i < SENDERS; i++)
        sender_close(&senders->at[i]);
}

size_t senders_acknowledged(const struct senders *senders)
{
    return atomic_load(&senders->acknowledged);
}
