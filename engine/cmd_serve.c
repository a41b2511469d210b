/* cmd_serve.c - serves the site and delivers, until told to stop. */
#include "engine/app.h"
#include "engine/base/log.h"
#include "engine/commands.h"
#include "engine/config_check.h"
#include "engine/confine.h"
#include "engine/http/server.h"
#include "engine/libraries.h"
#include "engine/pages/operate.h"
#include "engine/reload.h"
#include "engine/sandbox/sandbox.h"
#include "engine/sandbox/sandbox_people.h"
#include "engine/words.h"

#include <signal.h>
#include <stdio.h>

static const char usage[] =
    "usage: skjema serve [--sandbox] [--develop] [--config FILE] [settings]\n"
    "\n"
    "Serves the forms of a folder to citizens, and delivers what they send. With --sandbox it\n"
    "brings stand-ins for all it speaks with, for trying out on this machine. Without, a proxy\n"
    "in front ends TLS, and a file of settings says who the agency is: begin with\n"
    "`skjema config print`.\n"
    "\n"
    "SIGTERM stops it within 20 s and loses nothing; SIGHUP makes it read forms, issuers and the\n"
    "agency's look again, while it serves.\n"
    "\n"
    "Example: skjema serve --sandbox\n"
    "Example: skjema serve --config /etc/skjema/skjema.conf\n"
    "\n"
    "Ends with 0 when it was stopped, 1 when it could not start or its disk failed, 2 when these\n"
    "words are wrong.";

static void print_addresses(const struct app *app)
{
    printf("the site           %s/\n", app->origin);
    if (app->sandbox) {
        printf("the postbox        %s/\n", sandbox_mailbox_url(app->sandbox));
        printf("Digipost sandbox   %s/\n", sandbox_api_url(app->sandbox));
        printf("Digital post       %s/  (access point; Digipost and e-Boks behind it)\n",
               sandbox_dpi_url(app->sandbox));
        printf("test people        who can log in at %s/logg-inn:\n", app->origin);
        size_t count;
        const struct sandbox_person *people = sandbox_people(&count);
        for (size_t i = 0; i < count; i++)
            printf("                   %s  %s - %s\n", people[i].pid, people[i].name,
                   people[i].about);
        printf(
            "EVERYBODY CAN LOG IN AS ANYBODY HERE: for trying out, with invented people only.\n");
    }
    if (app->operate)
        printf("the operator's page %s/\n", operate_url(app->operate));
    printf("Ctrl-C stops it; what it keeps is in %s\n", app->config->data);
    fflush(stdout);
}

/* What it may still do is taken from it in two steps: files before there is any other thread, calls
 * when everything is opened. */
static bool start(const struct config *config, struct app **out, struct error *err)
{
    struct app *app;
    if (!config_check_start(config, err) || !confine_user(config, err) ||
        !confine_files(config, err) || !app_open(config, &app, err))
        return false;
    if (!confine_calls(config, err)) {
        app_close(&app);
        return false;
    }
    *out = app;
    return true;
}

int cmd_serve(int count, char **words)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct config config;
    config_init(&config);
    const char **rest = ARENA_ARRAY(arena, (size_t)count + 1, const char *);
    size_t rest_count;
    if (!words_read(arena, count, words, usage, &config, rest, &rest_count))
        return 2;
    if (rest_count) {
        fprintf(stderr, "skjema serve: what is \"%s\"? See skjema serve --help\n", rest[0]);
        return 2;
    }

    /* Blocked before any thread starts, so that only sigwait below gets them. */
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGHUP); /* not the end: forms are read again */
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    signal(SIGPIPE, SIG_IGN);

    struct app *app;
    struct error err;
    if (!start(&config, &app, &err)) {
        fprintf(stderr, "skjema serve: %s%s%s\n", err.file, *err.file ? ": " : "", err.text);
        return 1;
    }
    print_addresses(app);
    log_event(LOG_LEVEL_INFO, "made_of", "skjema=%s libraries=\"%s\"", libraries_version(),
              libraries(arena));
    log_event(LOG_LEVEL_INFO, "serving", "port=%d", server_port(app->site));
    int signal_number;
    while (sigwait(&stop, &signal_number) == 0 && signal_number == SIGHUP)
        reload(app);
    log_event(LOG_LEVEL_INFO, "stopping", "signal=%d", signal_number);
    sigdelset(&stop,
              SIGHUP); /* there is nothing to read forms for any more, and no reason to die */
    pthread_sigmask(SIG_UNBLOCK, &stop, NULL); /* a second one ends it at once: that is safe too */
    app_close(&app);
    log_event(LOG_LEVEL_INFO, "stopped", "forms=\"%s\"", config.forms);
    return 0;
}
