/* walk.h - one person's way through a form with documents from the postbox, for the walk that
 * people run and for flows that break in at some place. Every step is a press or a look at a page.
 */
#pragma once

#include "tests/flow/browser.h"
#include "tests/flow/server.h"

struct walk {
    const struct server_under_test *server;
    struct browser *browser;
    void (*step)(const char *what); /* told as each step is done; NULL: not told */
    void (*failed)(const char *why);
    char known_request[512]; /* the newest request to share that was there before; "" none */
};

/* Ingrid logs in, fills in reduced parental payment with documents from the postbox (tax return and
 * one pay slip), and stops in front of "Send". */
void walk_to_review(struct walk *walk);

/* The stretches of that way, for whoever wants to leave it: from nothing to the form's first step
 * (a new draft); to the documents step of reduced parental payment; from there through consent. */
void walk_start(struct walk *walk, const char *form, const char *name);
void walk_to_documents(struct walk *walk, const char *name);
void walk_consent(struct walk *walk);

/* Remembers the newest request in that person's mailbox, so that walk_open_request waits for a
 * newer one: for mailboxes from before. */
void walk_remember_requests(struct walk *walk, const char *person);

/* A browser at the newest share request in that person's mailbox, once it is there; browser_close.
 */
struct browser *walk_open_request(struct walk *walk, const char *person);

/* Ticks and sends; the browser is at the receipt. */
void walk_send(struct walk *walk);

/* Logs in as a test person by name, from anywhere. */
void walk_log_in(struct walk *walk, const char *name);

/* The same from where the browser is, the page that offers the login: through ID-porten, which asks
 * who it is unless it knows, and back. level: the label of one, or NULL for what is ticked there.
 * False: it led to no page with status 200. */
bool walk_through_login(struct browser *browser, const char *name, const char *level);

/* Loads the page again until it says so, at most so long. */
void walk_wait_for(struct walk *walk, const char *text, int timeout_s);

/* The letters of that person (sandbox_people.h's key) as the sandbox's control interface lists
 * them: how many are there whose title begins so, and the uuid of the last, "" when there is none.
 */
int walk_letters(struct walk *walk, const char *person, const char *title, char *uuid, size_t size);

/* A document's bytes as they lie in the mailbox. */
struct bytes walk_letter_bytes(struct walk *walk, struct arena *arena, const char *uuid);

/* The receipt PDF that the site gives, the browser being at the receipt. */
struct bytes walk_receipt_bytes(struct walk *walk, struct arena *arena);
