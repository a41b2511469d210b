/* sender.h - somebody who sends one application after another, each with a document, from a machine
 * that does not give up: where the connection breaks off or the site is busy, the same is tried
 * again. What was acknowledged is remembered, for oracle.h to compare with. */
#pragma once

#include "engine/base/crypto.h"
#include "tests/flow/browser.h"
#include "tests/flow/server.h"

struct sent {
    char receipt[128];        /* the page that "received" led to */
    struct crypto_sha256 pdf; /* what it gives to take home; zeros: not looked at */
};

struct sender {
    const struct server_under_test *server;
    const char *person; /* a test person by name */
    struct browser *browser;
    bool is_ready; /* in front of "Send" */
    bool has_pressed;
    struct sent *sent; /* each acknowledged once */
    size_t count, capacity;
};

/* A folder of forms with the one that is sent, made in that folder. The path is in out. */
void sender_make_forms(const char *folder, char *out, size_t size);

void sender_open(struct sender *sender, const struct server_under_test *server, const char *person,
                 void (*failed)(const char *why));
void sender_close(struct sender *sender);

/* One try to come in front of "Send" with a new application. False: try again later. */
bool sender_prepare(struct sender *sender);

/* Presses "Send", or, where that has been done without an answer, sends the same once more. True:
 * it was acknowledged, and sender->sent has one more. */
bool sender_send(struct sender *sender);

/* Sends the last acknowledged one again: it must lead to the same receipt. False: no answer. */
bool sender_repeat(struct sender *sender);

/* Takes home the receipt of the last acknowledged one. False: no answer. */
bool sender_take_receipt(struct sender *sender);
