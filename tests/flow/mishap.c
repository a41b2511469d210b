#include "tests/flow/mishap.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct mishap *mishap_open(const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || ftruncate(file, sizeof(struct mishap)) != 0) {
        perror(path);
        abort();
    }
    struct mishap *page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (page == MAP_FAILED)
        abort();
    return page;
}

void mishap_close(struct mishap **page)
{
    if (*page)
        munmap(*page, sizeof **page);
    *page = NULL;
}

void mishap_count(struct mishap *page)
{
    page->is_armed = 0;
    page->has_struck = 0;
    for (int i = 0; i < MISHAP_KINDS; i++)
        page->calls[i] = 0;
}

void mishap_arm(struct mishap *page, enum mishap_kind kind, int64_t at, enum mishap_moment moment)
{
    mishap_count(page);
    page->kind = (int)kind;
    page->moment = (int)moment;
    page->at = at;
    page->is_armed = 1;
}

void mishap_fail(struct mishap *page, enum mishap_kind kind, int64_t passes, int failure,
                 int64_t times)
{
    page->failures[kind] = 0;
    page->passes[kind] = passes;
    page->calls_after_failure[kind] = 0;
    page->failure[kind] = failure;
    page->failures[kind] = times;
}

const char *mishap_kind_name(enum mishap_kind kind)
{
    static const char *const names[MISHAP_KINDS] = {"sync",     "write", "rename",
                                                    "truncate", "send",  "receive"};
    return names[kind];
}

const char *mishap_moment_name(enum mishap_moment moment)
{
    static const char *const names[MISHAP_MOMENTS] = {"before", "halfway through", "after"};
    return names[moment];
}
