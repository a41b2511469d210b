/* walk_main.c - `examples/run --walk`: one whole application over real HTTP, step by step, with
 * what came of it left in the data folder. Exit status 0 only if the postbox holds the very same
 * bytes. */
#include "engine/base/clock.h"
#include "engine/base/crypto.h"
#include "engine/base/text.h"
#include "tests/flow/walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct server_under_test server;
static int64_t started_ms, last_ms;

static void step(const char *what)
{
    int64_t now = clock_monotonic_ms();
    printf("%6.2f s  +%5lld ms  %s\n", (double)(now - started_ms) / 1000,
           (long long)(now - last_ms), what);
    fflush(stdout);
    last_ms = now;
}

static void give_up(const char *why)
{
    fprintf(stderr, "the walk stopped: %s\n", why);
    server_stop(&server);
    exit(1);
}

static void keep(const char *name, struct bytes content)
{
    char path[700];
    snprintf(path, sizeof path, "%s/walk", server.data);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/walk/%s", server.data, name);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(content.data, 1, content.size, file) != content.size || fclose(file) != 0)
        give_up("what came of it cannot be written in the data folder");
    printf("         %s (%zu bytes)\n", path, content.size);
}

/* The receipt and the two documents as they lie in the postbox against what the site gave. */
static void compare(struct walk *walk, struct arena *arena, int letters_before)
{
    struct browser *browser = walk->browser;
    walk_wait_for(walk, "Kopien ligger i postkassen din", 60);
    step("the receipt is delivered to the postbox");
    struct bytes receipt = walk_receipt_bytes(walk, arena);
    char xml[600];
    snprintf(xml, sizeof xml, "%s/soknad.xml", browser_address(browser));
    keep("kvittering.pdf", receipt);
    browser_visit(browser, xml);
    if (browser_status(browser) != 200)
        give_up("the site does not give the submission as XML");
    keep("soknad.xml", browser_content(browser));

    char uuid[64];
    int letters = walk_letters(walk, "ingrid", "Kvittering", uuid, sizeof uuid);
    if (letters != letters_before + 1)
        give_up("the postbox does not hold exactly one new receipt");
    struct bytes held = walk_letter_bytes(walk, arena, uuid);
    if (held.size != receipt.size || memcmp(held.data, receipt.data, held.size) != 0)
        give_up("the receipt in the postbox is not the one that the site gives");
    printf("         SHA-256 %s in both\n", crypto_sha256_hex(arena, held));
    step("the postbox holds the same bytes");
}

int main(int count, char **words)
{
    const char *program = NULL, *forms = NULL;
    for (int i = 1; i + 1 < count; i += 2) {
        if (text_equal(words[i], "--program"))
            program = words[i + 1];
        else if (text_equal(words[i], "--forms"))
            forms = words[i + 1];
        else if (text_equal(words[i], "--data"))
            snprintf(server.data, sizeof server.data, "%s", words[i + 1]);
    }
    if (!program || !forms || !*server.data) {
        fprintf(stderr, "usage: walk --program FILE --forms FOLDER --data FOLDER\n");
        return 2;
    }
    started_ms = last_ms = clock_monotonic_ms();
    if (!server_start(&server, program, forms, NULL))
        return 1;
    step("started the program with its sandbox");

    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct walk walk = {.server = &server, .step = step, .failed = give_up};
    walk.browser = browser_open(give_up);
    int letters_before = walk_letters(&walk, "ingrid", "Kvittering", NULL, 0);
    walk_to_review(&walk);
    walk_send(&walk);
    compare(&walk, arena, letters_before);
    browser_close(&walk.browser);
    if (server_stop(&server) != 0)
        give_up("the program did not stop cleanly");
    step("stopped it");
    return 0;
}
