/* main.c - picks the command. */
#include "engine/base/fetch.h"
#include "engine/base/text.h"
#include "engine/base/xml.h"
#include "engine/commands.h"

#include <stdio.h>

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
    {"audit", "is the log of who did what whole (audit verify)", cmd_audit},
    {"sandbox", "the stand-ins for the outside, alone", cmd_sandbox},
};

static int usage(FILE *to)
{
    fputs("usage: skjema COMMAND [words]\n\n", to);
    for (size_t i = 0; i < COUNT(commands); i++)
        fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].meaning);
    fputs("\n  skjema COMMAND --help tells a command's words\n", to);
    return to == stdout ? 0 : 2;
}

int main(int count, char **words)
{
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
