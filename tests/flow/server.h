/* server.h - the whole program with its sandbox, started as people start it: a process of its own,
 * on free ports, its data in a folder. For flows: it can be stopped, killed and started again. */
#pragma once

#include "engine/base/arena.h"

#include <sys/types.h>

struct server_under_test {
    char site[128], postbox[128], api[128]; /* addresses without a '/' at the end */
    char data[512];
    char log[512]; /* file that gets what it logs; "": standard error */
    pid_t process; /* 0: not running */
};

/* Starts `program serve --sandbox` with more words, NULL-terminated or NULL, and waits until it
 * says its addresses. False: it ended; what it said is on standard error. */
bool server_start(struct server_under_test *server, const char *program, const char *forms,
                  const char *const *more);

/* SIGTERM, and waits; the exit status, -1 when it did not end by itself. */
int server_stop(struct server_under_test *server);

/* SIGKILL, and waits. */
void server_kill(struct server_under_test *server);

/* Runs the program to its end with those words, NULL-terminated. The exit status, -1 when a signal
 * ended it; *said is what it wrote on both outputs. */
int server_run(struct arena *arena, const char *program, const char *const *words,
               const char **said);

/* A fresh folder for data, and one removed with all in it. */
void server_make_folder(char *out, size_t size);
void server_remove_folder(const char *path);
