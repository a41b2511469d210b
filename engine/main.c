/* main.c - picks the command. */
#include "engine/base/fetch.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "engine/commands.h"
#include "engine/libraries.h"

#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* A leak checker looks into the process it checks. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define WATCHED
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define WATCHED
#endif

static const struct command {
    const char *name, *meaning; /* a title without a command: name NULL */
    int (*run)(int count, char **words);
} commands[] = {
    {NULL, "Writing forms", NULL},
    {"new", "makes a form to begin with", cmd_new},
    {"lint", "tells what is wrong in forms, as file:line:column: text", cmd_lint},
    {"test", "tries the cases beside forms, and tells what is otherwise", cmd_test},
    {"outline", "writes what a form asks, for those who approve it", cmd_outline},
    {"render", "writes a page of a form as HTML, or its receipt as PDF", cmd_render},
    {NULL, "Serving them", NULL},
    {"serve", "serves the site and delivers what was sent (--sandbox: with stand-ins)", cmd_serve},
    {"config", "settings: all of them, and what is wrong in a file (config print, check)",
     cmd_config},
    {"sandbox", "the stand-ins for the outside, alone", cmd_sandbox},
    {NULL, "Looking after a site", NULL},
    {"keys", "master keys: makes, changes and checks them (keys create, rotate, check, remove)",
     cmd_keys},
    {"outbox", "what waits to be delivered, what was given up, and trying it again", cmd_outbox},
    {"backup", "copies the database while the site runs", cmd_backup},
    {"restore-check", "can a backup be put back", cmd_restore_check},
    {"audit", "is the log of who did what whole (audit verify)", cmd_audit},
    {NULL, "Documents", NULL},
    {"decide", "sends a decision on something that was sent in, or lists what was withdrawn",
     cmd_decide},
    {"issue", "issues a certificate from something that was sent in", cmd_issue},
    {"verify", "does a receipt prove itself: signature, contents, pages, attachments", cmd_verify},
    {"open", "what is in a package or receipt of Digital post, and is it whole", cmd_open},
};

static int usage(FILE *to)
{
    fputs("usage: skjema COMMAND [words]\n", to);
    for (size_t i = 0; i < COUNT(commands); i++)
        if (commands[i].name)
            fprintf(to, "  %-13s %s\n", commands[i].name, commands[i].meaning);
        else
            fprintf(to, "\n%s\n", commands[i].meaning);
    fputs(
        "\nskjema help COMMAND tells a command's words, with an example; skjema --version what it\n"
        "is made of. To try it all: skjema serve --sandbox, where the folder examples is.\n"
        "\n"
        "A command ends with 0 when all is well, 1 when it did not work out, 2 when its words are\n"
        "wrong; lint has its own.\n",
        to);
    return to == stdout ? 0 : 2;
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COUNT(commands); i++)
        if (commands[i].name && text_equal(name, commands[i].name))
            return &commands[i];
    return NULL;
}

static int unknown(const char *name)
{
    fprintf(stderr, "skjema: there is no command \"%s\"\n", name);
    return usage(stderr);
}

static int run(const struct command *command, int count, char **words)
{
    xml_start();
    fetch_start();
    return command->run(count, words);
}

static int help(int count, char **words)
{
    static char asked[] = "--help";
    char *told[] = {asked, NULL};
    if (!count)
        return usage(stdout);
    const struct command *command = find_command(words[0]);
    return command ? run(command, 1, told) : unknown(words[0]);
}

static int version(void)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    printf("skjema %s\nwith %s\n", libraries_version(), libraries(arena));
    return 0;
}

/* Keys are in our memory: nothing of it becomes a file, and nobody looks into it (S-SEC-1). */
static void keep_memory_to_ourselves(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
#ifndef WATCHED
    prctl(PR_SET_DUMPABLE, 0);
#endif
}

int main(int count, char **words)
{
    keep_memory_to_ourselves();
    if (count < 2)
        return usage(stderr);
    if (text_equal(words[1], "--help") || text_equal(words[1], "-h"))
        return usage(stdout);
    if (text_equal(words[1], "help"))
        return help(count - 2, words + 2);
    if (text_equal(words[1], "--version"))
        return version();
    const struct command *command = find_command(words[1]);
    return command ? run(command, count - 2, words + 2) : unknown(words[1]);
}
