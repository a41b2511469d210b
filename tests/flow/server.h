/* server.h - the whole program with its sandbox, started as people start it: a process of its own,
 * on free ports, its data in a folder. For flows: it can be stopped, killed and started again. */
#pragma once

#include "engine/base/arena.h"

#include <sys/types.h>

struct server_under_test {
    char site[128], postbox[128], api[128]; /* addresses without a '/' at the end */
    char operate[128];                      /* the operator's page; "": none was asked for */
    char data[512];
    char log[512]; /* file that gets what it logs; "": standard error */
    pid_t process; /* 0: not running */

    /* The sandbox as a process of its own, which goes on when the program is killed, as the world
     * does. It is started with the first server_start. The site has one port then, for browsers
     * that find it where it was. */
    bool is_apart;
    pid_t sandbox; /* 0: not running */
    int site_port, api_port, mailbox_port;

    /* Loaded into the program, with its page (mishap.h), and the page of the sandbox apart; "":
     * nothing. The sandbox only has its clock set. */
    char preload[512], mishap[512], sandbox_mishap[512];
};

/* Starts `program serve --sandbox` with more words, NULL-terminated or NULL, and waits until it
 * says its addresses. False: it ended; what it said is on standard error. */
bool server_start(struct server_under_test *server, const char *program, const char *forms,
                  const char *const *more);

/* SIGTERM, and waits; the exit status, -1 when it did not end by itself. */
int server_stop(struct server_under_test *server);

/* SIGKILL, and waits. */
void server_kill(struct server_under_test *server);

/* Waits until it has died by itself, at most so long. False: it lives. *status as waitpid has it.
 */
bool server_died(struct server_under_test *server, int timeout_ms, int *status);

/* Ends the sandbox apart, if there is one. */
void server_end_sandbox(struct server_under_test *server);

/* Runs the program to its end with those words, NULL-terminated. The exit status, -1 when a signal
 * ended it; *said is what it wrote on both outputs. */
int server_run(struct arena *arena, const char *program, const char *const *words,
               const char **said);

/* A fresh folder for data, and one removed with all in it. */
void server_make_folder(char *out, size_t size);
void server_remove_folder(const char *path);
