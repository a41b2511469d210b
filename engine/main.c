/* main.c - picks the command. */
#include "engine/base/fetch.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "engine/commands.h"

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
    const char *name, *meaning;
    int (*run)(int count, char **words);
} commands[] = {
    {"serve", "serves the site and delivers what was sent (--sandbox: with stand-ins)", cmd_serve},
    {"new", "makes a form to begin with", cmd_new},
    {"lint", "tells what is wrong in forms, as file:line:column: text", cmd_lint},
    {"test", "tries the cases beside forms, and tells what is otherwise", cmd_test},
    {"outline", "writes what a form asks, for those who approve it", cmd_outline},
    {"render", "writes a page of a form as HTML, or its receipt as PDF", cmd_render},
    {"issue", "issues a certificate from something that was sent in", cmd_issue},
    {"config", "settings: what they are, and whether a file of them will do (config print, check)",
     cmd_config},
    {"decide", "sends a decision on something that was sent in, or lists what was withdrawn",
     cmd_decide},
    {"keys", "master keys: makes, changes and checks them (keys create, rotate, check, remove)",
     cmd_keys},
    {"audit", "is the log of who did what whole (audit verify)", cmd_audit},
    {"outbox", "what waits to be delivered, what was given up, and trying it again", cmd_outbox},
    {"open", "what is in a package or receipt of Digital post, and is it whole", cmd_open},
    {"backup", "copies the database while the site runs", cmd_backup},
    {"restore-check", "can a backup be put back", cmd_restore_check},
    {"verify", "does a receipt prove itself: signature, contents, pages, attachments", cmd_verify},
    {"sandbox", "the stand-ins for the outside, alone", cmd_sandbox},
};

static int usage(FILE *to)
{
    fputs("usage: skjema COMMAND [words]\n\n", to);
    for (size_t i = 0; i < COUNT(commands); i++)
        fprintf(to, "  %-13s %s\n", commands[i].name, commands[i].meaning);
    fputs("\n  skjema COMMAND --help tells a command's words\n", to);
    return to == stdout ? 0 : 2;
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
    if (text_equal(words[1], "--help") || text_equal(words[1], "help"))
        return usage(stdout);
    for (size_t i = 0; i < COUNT(commands); i++) {
        if (!text_equal(words[1], commands[i].name))
            continue;
        xml_start();
        fetch_start();
        return commands[i].run(count - 2, words + 2);
    }
    fprintf(stderr, "skjema: there is no command \"%s\"\n", words[1]);
    return usage(stderr);
}
