/* scanner.h - the real clamd as a process of its own, with a signature file of ours and nothing
 * from outside: what it looks for is what the test says. */
#pragma once

#include "engine/base/base.h"

#include <sys/types.h>

struct scanner {
    char folder[80], address[100]; /* the socket's path, for the program's setting clamd */
    pid_t process;                 /* 0: not running */
};

enum { SCANNER_MOST_BYTES = 1024 * 1024 }; /* of a document: it refuses more */

/* Whether the program is on this machine. */
bool scanner_is_there(void);

/* Makes its folder, with a signature for documents that hold those bytes; does not start it. */
void scanner_open(struct scanner *scanner, struct bytes sought);
void scanner_close(struct scanner *scanner);

/* Starts it, and waits until it answers. False: it ended, or does not answer; what it said is on
 * standard error. */
bool scanner_start(struct scanner *scanner);

/* SIGKILL, and waits. */
void scanner_kill(struct scanner *scanner);
