/* cmd_sandbox.c - the stand-ins for the outside, alone: for developing against them. */
#include "engine/commands.h"
#include "engine/sandbox/sandbox.h"
#include "engine/words.h"

#include <signal.h>
#include <stdio.h>

static const char usage[] =
    "usage: skjema sandbox [--data FOLDER] [settings]\n"
    "\n"
    "Serves what the program speaks with outside: the postbox, Digital post, ID-porten,\n"
    "Maskinporten and the registers, with invented people. Everybody can log in as anybody\n"
    "there, so it listens on this machine only. Stopped by Ctrl-C or SIGTERM.\n"
    "\n"
    "Example: skjema sandbox --data sandbox\n"
    "\n"
    "Ends with 0 when it was stopped, 1 when it could not start, 2 when these words are wrong.";

int cmd_sandbox(int count, char **words)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct config config;
    config_init(&config);
    const char **rest = ARENA_ARRAY(arena, (size_t)count + 1, const char *);
    size_t rest_count;
    if (!words_read(arena, count, words, usage, &config, rest, &rest_count))
        return 2;
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    signal(SIGPIPE, SIG_IGN);

    struct sandbox_settings settings = {
        .folder = config.data,
        .api_port = (int)config.sandbox_api_port,
        .mailbox_port = (int)config.sandbox_mailbox_port,
    };
    struct sandbox *sandbox;
    struct error err;
    if (!sandbox_open(&settings, &sandbox, &err)) {
        fprintf(stderr, "skjema sandbox: %s%s%s\n", err.file, *err.file ? ": " : "", err.text);
        return 1;
    }
    printf("Digipost API   %s/  (broker %lld, key %s)\nthe postbox    %s/\n",
           sandbox_api_url(sandbox), (long long)sandbox_broker_id(sandbox),
           sandbox_broker_key_file(sandbox), sandbox_mailbox_url(sandbox));
    printf("Digital post   %s/  (key %s, certificates %s and %s)\n", sandbox_dpi_url(sandbox),
           sandbox_dpi_key_file(sandbox), sandbox_dpi_certificate_file(sandbox),
           sandbox_dpi_trust(sandbox));
    printf("ID-porten      %s  (client %s, key %s, kid %s)\n", sandbox_idporten_issuer(sandbox),
           sandbox_idporten_client(sandbox), sandbox_idporten_key_file(sandbox),
           sandbox_idporten_kid(sandbox));
    fflush(stdout);
    int signal_number;
    sigwait(&stop, &signal_number);
    sandbox_close(&sandbox);
    return 0;
}
