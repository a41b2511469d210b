#include "tests/flow/crowd.h"

#include "tests/flow/scene.h"

#include <libxml/parser.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct member {
    pthread_t thread;
    struct browser *browser;
    const struct crowd_request *request;
    pthread_barrier_t *start;
};

static void *send_one(void *context)
{
    const struct member *member = context;
    const struct crowd_request *request = member->request;
    pthread_barrier_wait(member->start);
    browser_send(member->browser, "POST", request->url, request->headers, request->type,
                 BYTES_OF(request->body));
    return NULL;
}

static struct crowd_answer take_answer(struct arena *arena, const struct browser *browser)
{
    const char *location = browser_header(browser, "Location");
    struct bytes body = browser_content(browser);
    return (struct crowd_answer){
        .status = browser_status(browser),
        .location = arena_text(arena, location ? location : ""),
        .body = {(unsigned char *)arena_text_of(arena, body), body.size},
    };
}

struct crowd_answer *crowd_send_each(struct arena *arena,
                                     const struct crowd_request *const *requests, size_t count)
{
    struct member *members = ARENA_ARRAY(arena, count, struct member);
    struct crowd_answer *answers = ARENA_ARRAY(arena, count, struct crowd_answer);
    pthread_barrier_t start;
    xmlInitParser();
    pthread_barrier_init(&start, NULL, (unsigned)count);
    for (size_t i = 0; i < count; i++) {
        members[i] =
            (struct member){.browser = scene_browser(), .request = requests[i], .start = &start};
        if (pthread_create(&members[i].thread, NULL, send_one, &members[i]) != 0)
            abort();
    }
    for (size_t i = 0; i < count; i++) {
        pthread_join(members[i].thread, NULL);
        answers[i] = take_answer(arena, members[i].browser);
        browser_close(&members[i].browser);
    }
    pthread_barrier_destroy(&start);
    return answers;
}

struct crowd_answer *crowd_send(struct arena *arena, const struct crowd_request *request,
                                size_t count)
{
    const struct crowd_request **same = ARENA_ARRAY(arena, count, const struct crowd_request *);
    for (size_t i = 0; i < count; i++)
        same[i] = request;
    return crowd_send_each(arena, same, count);
}
