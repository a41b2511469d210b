/* parcel.h - letters for Digital post, made by the tests' own hands: the zip byte by byte, the
 * XAdES signature by xmlsec1, the envelope by openssl. Right unless told otherwise, in any part of
 * it. */
#pragma once

#include "asker.h"

enum { PARCEL_CHANGES = 8 };

/* OLD becomes NEW in one of its texts; or something else happens to it (parcel.c has the words). */
struct parcel_change {
    const char
        *where; /* "sbd", "header", "manifest", "link", "template", "signatures", "zip", ... */
    const char *old_text, *new_text;
};

struct parcel {
    struct asker *asker;
    struct arena *arena;
    const char *folder;   /* where its files lie */
    const char *provider; /* "digipost", "eboks": name of the files with its keys */
    const char *provider_number, *mailbox;
    const char *message_id, *conversation_id;
    const char *token;
    struct parcel_change changes[PARCEL_CHANGES];
    size_t change_count;
    struct bytes jws, cms; /* made by parcel_make */
};

/* Once for a sandbox: everybody's keys are in its folder, though nobody has asked for them yet. */
void parcel_prepare(struct asker *asker);

/* A letter to Ingrid, who is with Digipost; new ids, a new token. */
void parcel_open(struct parcel *parcel, struct asker *asker);
void parcel_to_lise(struct parcel *parcel); /* e-Boks */
void parcel_close(struct parcel *parcel);

/* "manifest OLD => NEW", or the words of a change without an arrow. */
void parcel_change(struct parcel *parcel, const char *change);

/* Signs, packs and encrypts it, with its changes. */
void parcel_make(struct parcel *parcel);

/* A token from the sandbox's Maskinporten; more: further fields of /control/machine-token, "" or
 * "wrong=expired". */
const char *parcel_token(struct asker *asker, const char *more);

/* One exchange with corner 2; path below /dpi, e.g. "/messages/in". token NULL: none. */
struct fetch_answer parcel_ask(struct asker *asker, const char *method, const char *path,
                               const char *token, const char *content_type, struct bytes body);

/* Sends it: POST /messages/out; query: "" or "?kanal=x". */
struct fetch_answer parcel_post(struct parcel *parcel, const char *query);
struct bytes parcel_form(struct arena *arena, struct bytes jws, struct bytes cms);
#define PARCEL_FORM "multipart/form-data; boundary=grense"

/* The oldest unread receipt of the sender as JSON text, which is marked as read; "" when there is
 * none. */
const char *parcel_receipt(struct asker *asker);

/* Fields to the control interface; the answer's status. */
int parcel_control(struct asker *asker, const char *path, const char *fields);
